/** What is left to spend, for those that decide on what. */
export interface SearchBudget {
  /** Trials in all, at most; absent = no such end. */
  readonly trials?: number
  /** Share of the budget that is used, 0 to 1, by whatever ends first: trials, GPU-hours, time. Absent = no budget. */
  readonly spent?: number
  /** Trials at a time. */
  readonly parallel: number
  /** Seeds that one configuration may get. */
  readonly seeds: number
}

/** What of the budget the journal notes whenever it changes, so that a replay decides on the same. */
export interface NotedBudget {
  readonly trials?: number
  readonly parallel: number
  /** Share of its time and GPU-hours that was used, 0 to 1 in steps of {@link SHARE_STEP}; absent = they have no end. */
  readonly time?: number
}

/** As fine as anybody decides on it: a night notes it a thousand times at most. */
export const SHARE_STEP = 0.001

/** @returns undefined in journals of releases that did not note it */
export function budgetOf({
  search,
  trials,
  spec,
}: {
  readonly search?: NotedBudget
  readonly trials: { readonly length: number }
  readonly spec: { readonly seeds: readonly number[] }
}): SearchBudget | undefined {
  if (search === undefined) return undefined
  const shares = [
    ...(search.trials === undefined ? [] : [trials.length / search.trials]),
    ...(search.time === undefined ? [] : [search.time]),
  ]
  return {
    ...(search.trials === undefined ? {} : { trials: search.trials }),
    ...(shares.length === 0 ? {} : { spent: Math.min(1, Math.max(...shares)) }),
    parallel: search.parallel,
    seeds: spec.seeds.length,
  }
}
