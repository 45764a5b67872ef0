/** One thing that `sweep doctor` looked at on this machine. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  /** What was seen. */
  readonly saw: string
  /** What to do; only when something is to be done. */
  readonly advice?: string
}
