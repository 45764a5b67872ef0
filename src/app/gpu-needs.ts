import { canonicalJson } from '../base/canonical-json.ts'
import { type MemoryModel, type MemoryRecord, memoryModel } from '../gpus/memory-forecast.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { readSweepFile } from '../journal/sweep-file.ts'
import type { GpuNeeds, SeenMemory } from '../orchestrator/gpu-state.ts'
import type { Params } from '../space/domain.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { listSweepIds, sweepDirOf, type Workspace } from './workspace.ts'

/** Older trials tell less about tonight, and reading them all costs time. */
const NEWEST_SWEEPS = 20
const NEWEST_RECORDS = 400

/**
 * What the trials of a sweep need of GPUs: what its file says, otherwise what was measured of the same trainer, in
 * earlier sweeps and in this one. Nothing is read before the first question.
 */
export function gpuNeeds(workspace: Workspace, { id, spec }: Pick<SweepSnapshot, 'id' | 'spec'>): GpuNeeds {
  const { gpus, gpuMemoryBytes } = spec.resources
  const each = gpus === 'auto' ? 1 : gpus
  if (gpuMemoryBytes !== undefined) {
    return { of: () => ({ gpus: each, memoryBytes: gpuMemoryBytes }), learn: () => undefined }
  }
  // Whole GPUs and fixed shares were asked for: what the memory is makes no difference.
  if (gpus !== 'auto') return { of: () => ({ gpus: each }), learn: () => undefined }
  return new LearnedNeeds(() => earlierPeaks(workspace, { id, spec }))
}

class LearnedNeeds implements GpuNeeds {
  readonly #read: () => MemoryRecord[]
  #records: MemoryRecord[] | undefined
  #model: MemoryModel | undefined

  constructor(read: () => MemoryRecord[]) {
    this.#read = read
  }

  of(params: Params): { readonly gpus: number; readonly memoryBytes?: number } {
    this.#records ??= this.#read()
    this.#model ??= memoryModel(this.#records)
    const forecast = this.#model.forecast(params)
    return { gpus: 1, ...(forecast === undefined ? {} : { memoryBytes: forecast.high }) }
  }

  learn(params: Params, seen: SeenMemory): void {
    const record = recordOf(params, seen)
    if (record === undefined) return
    this.#records ??= this.#read()
    this.#records.push(record)
    this.#model = undefined
  }
}

function recordOf(params: Params, { ended, peakBytes, limitBytes }: SeenMemory): MemoryRecord | undefined {
  if (peakBytes === undefined && limitBytes === undefined) return undefined
  return { params, ended, peakBytes: peakBytes ?? 0, ...(limitBytes === undefined ? {} : { limitBytes }) }
}

/** Oldest first, as the model wants them. */
function earlierPeaks(workspace: Workspace, { id: own, spec }: Pick<SweepSnapshot, 'id' | 'spec'>): MemoryRecord[] {
  const wanted = canonicalJson(spec.trainer)
  const newestFirst: MemoryRecord[] = []
  for (const id of listSweepIds(workspace).reverse().slice(0, NEWEST_SWEEPS)) {
    if (newestFirst.length >= NEWEST_RECORDS) break
    const dir = sweepDirOf(workspace, id)
    try {
      if (id !== own && canonicalJson(readSweepFile(dir).spec.trainer) !== wanted) continue
      newestFirst.push(...peaksOf(readSnapshot(dir)).reverse())
    } catch {
      // A sweep that cannot be read is said by `sweep status`; here it only tells nothing.
    }
  }
  return newestFirst.reverse()
}

function peaksOf({ spec, trials, configurations }: SweepSnapshot): MemoryRecord[] {
  return trials.flatMap(({ configuration, attempts }) =>
    attempts.flatMap(({ end, peak, shortage, params }) => {
      if (end !== 'finished' && end !== 'out-of-memory') return []
      const all = { ...spec.fixed, ...configurations[configuration]?.params, ...params }
      // What a trial that shared its GPU could have had is not written down; its own peak is a lower bound.
      const limit = shortage?.alone === true && shortage.memory === 'gpu' ? shortage.gpuBytes : undefined
      const seen = { ended: end, ...(peak && { peakBytes: peak.gpuBytes }), ...(limit && { limitBytes: limit }) }
      return recordOf(all, seen) ?? []
    }),
  )
}
