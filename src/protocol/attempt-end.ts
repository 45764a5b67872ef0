/** How one attempt ended. `lost`: nobody saw how, and no record was left. */
export const ATTEMPT_ENDS = [
  'finished',
  'crashed',
  'timed-out',
  'out-of-memory',
  'stopped',
  'preempted',
  'lost',
] as const
export type AttemptEnd = (typeof ATTEMPT_ENDS)[number]
