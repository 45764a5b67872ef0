import type { History } from '../trial/history.ts'
import type { SearchBudget } from '../trial/search-budget.ts'

/** What is to be run next. */
export type NextTrial =
  | { readonly kind: 'seed'; readonly configuration: number; readonly seed: number }
  /** Ask the sampler for a new configuration; its first trial gets `seed`. */
  | { readonly kind: 'new-configuration'; readonly seed: number }
  /** Nothing now; ask again when a trial has ended. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' }

/** A configuration that gets no further seed, with the reason in a whole sentence. */
export interface Elimination {
  readonly configuration: number
  readonly reason: string
}

/** What a race may look at. Nothing of it is ever changed. */
export interface RaceRequest {
  readonly seeds: readonly number[]
  /** The sampler has nothing more to propose. */
  readonly exhausted: boolean
  readonly history: History
  /** Absent where nobody knows: every configuration may then get every seed. */
  readonly budget?: SearchBudget
}

/**
 * Decides which configuration gets another seed, and when a new one is proposed. Pure.
 * The smallest example is `all-seeds.ts`: every configuration gets every seed, one after the other.
 */
export interface Race {
  next(request: RaceRequest): NextTrial
  /**
   * Configurations that are out of the race from now on; asked before `next`, and written down. Those that
   * `configuration.eliminated` names already are not named again. Absent = none ever is.
   */
  eliminate?(request: RaceRequest): readonly Elimination[]
  /**
   * No pruner stops a further seed of a configuration. A bad one that is stopped has no value, and what is left of a
   * lucky configuration are its lucky seeds. Absent = pruners judge all trials alike.
   */
  readonly wholeSeeds?: true
}
