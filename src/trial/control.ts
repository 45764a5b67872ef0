/** What a sweep may use at most, over all of its starts. What is absent has no end. */
export interface Budget {
  /** Trials at most; the same as `run_cap`. */
  readonly trials?: number
  /** GPUs of an attempt times the hours that it ran, over all attempts. A share of a GPU counts as that share. */
  readonly gpuHours?: number
  /** Milliseconds that the sweep runs; a paused or stopped one does not. */
  readonly wallMs?: number
}

/** What a person asked of a sweep beside its file, and how much of its time it has used. */
export interface SweepControl {
  /** Milliseconds since 1970; absent = it is not paused. */
  readonly pausedAt?: number
  /** Trials at a time, as a person said last; absent = as the sweep file and the machine have it. */
  readonly slots?: number
  /** Slots that this machine could give the sweep when `slots` was said. */
  readonly mostSlots?: number
  /** Trials that are cancelled as soon as they are made, because a person wants to skip them. */
  readonly skip?: readonly number[]
  /** When it ends for this time: milliseconds since 1970. */
  readonly until?: number
  /** Wins over the sweep file's, field by field. */
  readonly budget?: Budget
  /** Milliseconds that it had run, as last noted. */
  readonly ranMs?: number
}
