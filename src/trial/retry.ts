import type { Params } from '../space/domain.ts'

/** What was decided when an attempt ended badly and its trial gets another one by the sweep's `retry` policy. */
export interface Retry {
  /** 1 for the first one since the trial was created, or since a person gave it another chance. */
  readonly nth: number
  /** Milliseconds from the attempt's end for which the trial rests first. */
  readonly afterMs: number
  /** After an attempt that ran out of memory: nothing beside it on its GPUs, or larger GPUs and nothing beside it. */
  readonly wants?: 'alone' | 'larger'
  /** Parameters that later attempts get another value of than the configuration has. */
  readonly params?: Params
}

/** Which memory an attempt ran out of. */
export interface Shortage {
  readonly memory: 'gpu' | 'host'
  /** Nothing else of this machine's sweeps was on its GPUs. */
  readonly alone: boolean
  /** Memory of the smallest of its GPUs, in bytes; absent = not known, or of the host. */
  readonly gpuBytes?: number
}
