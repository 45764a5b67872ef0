/** What a sweep knows of how long its trials take, from earlier ones. */
export interface LongestFirst {
  /** Milliseconds that a trial of a configuration takes; only compared. */
  typicalMs(configuration: number): number
  /** Said once: what is done, and what it saves. */
  readonly text: string
}

/** Trials created ahead so that they can be put in order. Numbers, parameters and seeds stay as they would have been. */
export const LONGEST_FIRST_WINDOW = 512
