import { canonicalJson } from '../../base/canonical-json.ts'
import { readSnapshot } from '../../journal/read-snapshot.ts'
import { readSweepFile } from '../../journal/sweep-file.ts'
import type { Params } from '../../space/domain.ts'
import type { SweepSpec } from '../../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import { listSweepIds, sweepDirOf, type Workspace } from '../workspace.ts'
import { runTime } from './run-time.ts'

/** One earlier trial that ran to its end. */
export interface PastTrial {
  readonly sweep: string
  /** Fixed params, those of its configuration, and what its last attempt was given instead. */
  readonly params: Params
  readonly cpus: number
  /** Milliseconds of all its attempts; more than 0. */
  readonly ms: number
}

/** What earlier sweeps say about how long a trial takes. */
export interface History {
  readonly trials: readonly PastTrial[]
  /** Sweeps that they are of. */
  readonly sweeps: number
  /** Fixed params that no earlier sweep had with these values; empty = some sweep was just like this one. */
  readonly unlike: readonly string[]
}

/** Older trials tell less about tonight, and reading them all costs time. */
const NEWEST_SWEEPS = 20
const NEWEST_TRIALS = 1000
/** Milliseconds for reading: a start does not wait longer for an estimate. */
const MOST_MS = 300

/** Trials of the same trainer in earlier sweeps, newest sweeps first, also on other data: how those differ is weighed later. */
export function durationHistory(workspace: Workspace, spec: SweepSpec, except?: string): History {
  const trainer = canonicalJson(spec.trainer)
  const trials: PastTrial[] = []
  const fixed: Params[] = []
  const since = performance.now()
  for (const id of listSweepIds(workspace).reverse().slice(0, NEWEST_SWEEPS)) {
    if (trials.length >= NEWEST_TRIALS || performance.now() - since > MOST_MS) break
    if (id === except) continue
    const dir = sweepDirOf(workspace, id)
    try {
      if (canonicalJson(readSweepFile(dir).spec.trainer) !== trainer) continue
      const past = pastTrials(readSnapshot(dir))
      if (past.length === 0) continue
      trials.push(...past)
      fixed.push(readSweepFile(dir).spec.fixed)
    } catch {
      // A sweep that cannot be read is said by `sweep status`; here it only tells nothing.
    }
  }
  return { trials: trials.slice(0, NEWEST_TRIALS), sweeps: fixed.length, unlike: unlikeOf(spec.fixed, fixed) }
}

/** Of one sweep; answers that were reused cost nothing and tell nothing. */
export function pastTrials({ id, spec, trials, configurations }: SweepSnapshot): PastTrial[] {
  return trials.flatMap((trial) => {
    const ms = trial.state === 'completed' && trial.reusedFrom === undefined ? runTime(trial) : undefined
    if (ms === undefined || ms <= 0) return []
    const own = configurations[trial.configuration]?.params
    const params = { ...spec.fixed, ...own, ...trial.attempts.at(-1)?.params }
    return [{ sweep: id, params, cpus: spec.resources.cpus, ms }]
  })
}

/** The differences from that earlier sweep which is most alike. */
function unlikeOf(fixed: Params, others: readonly Params[]): string[] {
  const differences = others.map((other) =>
    [...new Set([...Object.keys(fixed), ...Object.keys(other)])].filter(
      (name) => canonicalJson(fixed[name] ?? null) !== canonicalJson(other[name] ?? null),
    ),
  )
  return differences.sort((a, b) => a.length - b.length)[0] ?? []
}
