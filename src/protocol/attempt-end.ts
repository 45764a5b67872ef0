/** How one attempt ended. `lost`: nobody saw how, and no record was left. */
export type AttemptEnd = 'finished' | 'crashed' | 'timed-out' | 'out-of-memory' | 'stopped' | 'preempted' | 'lost'
