import type { Params } from '../space/domain.ts'

/**
 * `retry` of a sweep file: how many more attempts a trial gets for each way in which one may end badly, and how long it
 * rests before the first of them. All of them count per trial.
 */
export interface RetryPolicy {
  readonly crashed: number
  readonly outOfMemory: number
  readonly preempted: number
  readonly lost: number
  readonly timedOut: number
  /** Milliseconds; doubled with each further one, at most 10 minutes. */
  readonly backoffMs: number
}

/** A crash is not repeated unless asked for: the first typo should be heard at once. */
export const RETRY_DEFAULTS: RetryPolicy = {
  crashed: 0,
  outOfMemory: 2,
  preempted: 10,
  lost: 2,
  timedOut: 0,
  backoffMs: 10_000,
}

/** `out_of_memory` of a sweep file: parameters that a retry gets half of, and those that it gets twice of. */
export interface MemoryRule {
  readonly halve: readonly string[]
  readonly double: readonly string[]
}

/** Nothing beside it on its GPUs; or that, and larger GPUs than those it ran on. */
export type PlaceWanted = 'alone' | 'larger'

/** What was decided when an attempt ended badly and its trial gets another one by the sweep's `retry` policy. */
export interface Retry {
  /** 1 for the first one since the trial was created, or since a person gave it another chance. */
  readonly nth: number
  /** Milliseconds from the attempt's end for which the trial rests first. */
  readonly afterMs: number
  /** After an attempt that ran out of memory. */
  readonly wants?: PlaceWanted
  /** Parameters that later attempts get another value of than the configuration has. */
  readonly params?: Params
}

/** Which memory an attempt ran out of. */
export interface Shortage {
  /** `heap` = a limit of the program's own, below what the machine has: V8, Java, WebAssembly. */
  readonly memory: 'gpu' | 'host' | 'heap'
  /** No other trial was on its GPUs; of the host's memory: no other trial of the sweep ran. */
  readonly alone: boolean
  /** Memory of the smallest of its GPUs, in bytes; absent = not known, or of the host. */
  readonly gpuBytes?: number
}
