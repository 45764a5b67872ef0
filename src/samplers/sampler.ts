import type { Rng } from '../base/rng.ts'
import type { Params } from '../space/domain.ts'
import type { SearchSpace } from '../space/search-space.ts'
import type { History } from '../trial/history.ts'
import type { SearchBudget } from '../trial/search-budget.ts'

/** What a sampler may look at. Nothing of it is ever changed. */
export interface SuggestRequest {
  readonly space: SearchSpace
  /** Number of the configuration to be proposed; 0 for the first. */
  readonly configuration: number
  /** What the sampler answered as `cursor` last time; undefined for the first. */
  readonly cursor: number | undefined
  /** One value a trial: of several metrics and limits it holds what `scalarised` makes of them for this configuration. */
  readonly history: History
  /** Absent where nobody knows, as in plans. */
  readonly budget?: SearchBudget
  /** The sweep's seed, for what is the same for all configurations, such as the scrambling of a Sobol sequence. */
  readonly sweepSeed: number
  /** Named by the configuration number: the same for every replay. */
  readonly rng: Rng
}

/** One proposal. */
export interface Suggestion {
  readonly params: Params
  /** Where to go on next time; kept in the journal. Only grids need one. */
  readonly cursor?: number
}

/**
 * Proposes the parameters of the next configuration.
 *
 * Pure: the same request gives the same answer; no clock, no files, no memory between calls. Copes with an empty
 * history and NaN values; failed and out-of-memory trials are left out, not punished; trials that wait or run are
 * pending. What it keeps of earlier calls (a WeakMap by `history.trials`, say) may make it faster, never change an answer. The smallest example is `random.ts`.
 */
export interface Sampler {
  /** @returns params inside the space, or undefined when the space is used up. */
  suggest(request: SuggestRequest): Suggestion | undefined
  /** Configurations it will propose in all; undefined = no end of its own. May be as large as 1e15. */
  total(space: SearchSpace): number | undefined
  /** What it will do in this space and why, for people: one sentence. */
  explain?(space: SearchSpace, budget: SearchBudget): string
}
