import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { readSafetensors, type SafetensorsArray, safetensorsParts } from '../protocol/safetensors.ts'
import { type NamedArrays, type Parameter, sizeOf } from './model/parameters.ts'
import type { TrainingState } from './training/train.ts'

const ROW_LOSSES = 'curriculum/row_losses'

const NAME = /^epoch-(\d+)\.safetensors$/

export interface CheckpointOptions {
  /** Those that are trained. */
  readonly parameters: readonly Parameter[]
  /** Of settings, data and seed: a checkpoint of anything else is not gone on from. */
  readonly fingerprint: string
  /** Files to keep, the newest ones. */
  readonly kept: number
}

/** One trial's checkpoints: one file an epoch, whole or not there at all. */
export class Checkpoints {
  readonly #folder: string
  readonly #options: CheckpointOptions

  /** Makes the folder and removes what a killed writer left half done. */
  constructor(folder: string, options: CheckpointOptions) {
    this.#folder = folder
    this.#options = options
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(folder)) if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true })
  }

  save(state: TrainingState): void {
    const { learner, best, epoch } = state
    const metadata: Record<string, string> = {
      content: 'checkpoint of a training',
      fingerprint: this.#options.fingerprint,
      epoch: String(epoch),
      steps: String(learner.steps),
      curve: JSON.stringify(state.curve),
      idle: JSON.stringify([...learner.idle]),
    }
    if (best) Object.assign(metadata, { best_epoch: String(best.epoch), best_macro_f1: String(best.macroF1) })
    const arrays = new Map([
      ...this.#pack('weight', learner.weights),
      ...this.#pack('first', learner.first),
      ...this.#pack('second', learner.second),
      ...(learner.average ? this.#pack('average', learner.average) : []),
      ...(best ? this.#pack('best', best.weights) : []),
    ])
    const { rowLosses } = state
    if (rowLosses) arrays.set(ROW_LOSSES, { shape: [rowLosses.length], values: rowLosses })
    const name = `epoch-${String(epoch).padStart(4, '0')}.safetensors`
    writeFileAtomic(join(this.#folder, name), safetensorsParts(arrays, metadata))
    for (const old of this.#names().slice(this.#options.kept)) rmSync(join(this.#folder, old), { force: true })
  }

  /**
   * The newest state that can be read and belongs to this trial.
   *
   * @param skipped told, in words, of each file that was not used
   */
  latest(skipped: (reason: string) => void): TrainingState | undefined {
    for (const name of this.#names()) {
      try {
        const state = this.#read(name)
        if (state) return state
        skipped(`Checkpoint ${name} belongs to other settings, data or seed; it is not used.`)
      } catch (error) {
        skipped(`Checkpoint ${name} cannot be read (${(error as Error).message}); it is not used.`)
      }
    }
    return undefined
  }

  /** Removes all of them: the trial is done, or starts anew. */
  clear(): void {
    for (const name of this.#names()) rmSync(join(this.#folder, name), { force: true })
  }

  /** Newest first. */
  #names(): string[] {
    const epochOf = (name: string) => Number(NAME.exec(name)?.[1])
    const names = readdirSync(this.#folder).filter((name) => NAME.test(name))
    return names.sort((a, b) => epochOf(b) - epochOf(a))
  }

  #read(name: string): TrainingState | undefined {
    const { tensors, metadata } = readSafetensors(join(this.#folder, name), () => true)
    if (metadata.fingerprint !== this.#options.fingerprint) return undefined
    const learner = {
      steps: Number(metadata.steps),
      weights: this.#unpack('weight', tensors),
      first: this.#unpack('first', tensors),
      second: this.#unpack('second', tensors),
      idle: new Map(JSON.parse(metadata.idle ?? '[]') as [string, number][]),
      ...(this.#has('average', tensors) && { average: this.#unpack('average', tensors) }),
    }
    const best = metadata.best_epoch !== undefined && {
      epoch: Number(metadata.best_epoch),
      macroF1: Number(metadata.best_macro_f1),
      weights: this.#unpack('best', tensors),
    }
    const curve = JSON.parse(metadata.curve ?? '[]') as TrainingState['curve']
    const rowLosses = tensors.get(ROW_LOSSES)?.values
    const losses = rowLosses instanceof Float32Array && { rowLosses }
    return { epoch: Number(metadata.epoch), learner, curve, ...(best && { best }), ...losses }
  }

  #has(prefix: string, arrays: ReadonlyMap<string, SafetensorsArray>): boolean {
    return this.#partsOf(prefix).some(({ name }) => arrays.has(`${prefix}/${name}`))
  }

  /** Weights that are judged are of the model alone; those of the loss are only trained. */
  #partsOf(prefix: string): readonly Parameter[] {
    const { parameters } = this.#options
    return prefix === 'best' || prefix === 'average' ? parameters.filter(({ group }) => group !== 'loss') : parameters
  }

  #pack(prefix: string, arrays: NamedArrays): [string, SafetensorsArray][] {
    return this.#partsOf(prefix).map(({ name, shape }) => {
      return [`${prefix}/${name}`, { shape, values: arrays.get(name) as Float32Array }]
    })
  }

  #unpack(prefix: string, arrays: ReadonlyMap<string, SafetensorsArray>): NamedArrays {
    return new Map(
      this.#partsOf(prefix).map((parameter) => {
        const values = arrays.get(`${prefix}/${parameter.name}`)?.values
        if (!(values instanceof Float32Array) || values.length !== sizeOf(parameter)) {
          throw new RangeError(`${prefix}/${parameter.name} does not have ${sizeOf(parameter)} values`)
        }
        return [parameter.name, values]
      }),
    )
  }
}
