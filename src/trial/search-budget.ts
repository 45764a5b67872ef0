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
