import type { Rng } from '../base/rng.ts'
import type { Params } from '../space/domain.ts'
import type { SearchSpace } from '../space/search-space.ts'
import type { History } from '../trial/history.ts'

/** What a sampler may look at. Nothing of it is ever changed. */
export interface SuggestRequest {
  readonly space: SearchSpace
  /** Number of the configuration to be proposed; 0 for the first. */
  readonly configuration: number
  /** What the sampler answered as `cursor` last time; undefined for the first. */
  readonly cursor: number | undefined
  readonly history: History
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
 * history and NaN values. The smallest example is `random.ts`.
 */
export interface Sampler {
  /** @returns params inside the space, or undefined when the space is used up. */
  suggest(request: SuggestRequest): Suggestion | undefined
  /** Configurations it will propose in all; undefined = no end of its own. May be as large as 1e15. */
  total(space: SearchSpace): number | undefined
}
