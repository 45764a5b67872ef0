import { type OpenSearch, openSearch as openPlain, type SearchState } from '../app/open-search.ts'
import type { SweepDefinition } from '../config/define-sweep.ts'
import { resolveDefinition } from '../config/load-sweep.ts'
import type { AskedTrial, Told } from '../orchestrator/ask-tell.ts'
import type { Verdict } from '../pruners/pruner.ts'
import { type RankedConfiguration, rankConfigurations } from '../trial/ranking.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import type { ParameterDefinitions, ParamsOf } from './params-of.ts'

/** What a search decides on: a sweep file without what to run. */
export interface SearchDefinition<P extends ParameterDefinitions>
  extends Omit<
    SweepDefinition,
    'parameters' | 'trainer' | 'program' | 'command' | 'env' | 'executor' | 'method' | 'resources' | 'notify'
  > {
  readonly parameters: P
  /** @default 'random' */
  readonly method?: SweepDefinition['method']
}

export interface OpenSearchOptions {
  /** What `state()` returned in an earlier program. */
  readonly state?: SearchState
}

/** A trial to be run by whoever asked. */
export interface SearchTrial<P> extends Omit<AskedTrial, 'params'> {
  readonly params: ParamsOf<P>
}

/** A search whose trials somebody else runs. */
export interface Search<P> {
  /** What to run now; undefined = nothing until another trial is told, or for good when `done`. */
  ask(): SearchTrial<P> | undefined
  /**
   * Hears what a running trial has reached. After `stop` and `pause` it has ended: leave it alone. A paused one may come
   * again from `ask`, then with the step `after` which it goes on.
   */
  report(trial: number, step: number, value: number): Verdict
  /** How a trial has ended. One that was ended by a verdict need not be told. */
  tell(trial: number, told: Told): void
  /** The configuration that ranks first; undefined while no trial has a value. */
  best(): { readonly params: ParamsOf<P>; readonly mean: number; readonly seeds: number } | undefined
  ranking(): readonly RankedConfiguration[]
  /** Trials that were asked for and not told, such as those of a program that has died. */
  readonly open: readonly SearchTrial<P>[]
  /** Nothing is running, and `ask` has had nothing more. */
  readonly done: boolean
  readonly snapshot: SweepSnapshot
  /** Plain JSON, for `openSearch` of a later program: it goes on with the same decisions. */
  state(): SearchState
}

/**
 * Opens a search for a program that runs trials itself: it asks what to run and tells what came of it. Samplers, pruners,
 * races, seeds and ranking are those of sweeps.
 *
 * @throws {ProblemsError} everything that is wrong with the definition, with its place
 * @throws {UserError} SEARCH_STATE
 */
export async function openSearch<const P extends ParameterDefinitions>(
  definition: SearchDefinition<P>,
  { state }: OpenSearchOptions = {},
): Promise<Search<P>> {
  const full = { method: 'random', metric: { name: 'objective' }, ...definition }
  const name = definition.name ?? 'search'
  const spec = await resolveDefinition(full, { name, folder: process.cwd(), objective: 'search', shown: 'openSearch' })
  return new TypedSearch<P>(openPlain(spec, state))
}

/** The one place where params lose and get back their types: config/ has checked them against the definition. */
class TypedSearch<P> implements Search<P> {
  readonly #search: OpenSearch
  #dry = false

  constructor(search: OpenSearch) {
    this.#search = search
  }

  ask(): SearchTrial<P> | undefined {
    const { askTell, snapshot } = this.#search
    const { spec, trials } = snapshot
    const running = trials.reduce((n, { state }) => n + (state === 'running' ? 1 : 0), 0)
    // Nobody says how many run at a time: as many as there were at most.
    const parallel = spec.parallel ?? Math.max(snapshot.search?.parallel ?? 1, running + 1)
    this.#search.noteBudget({ parallel, ...(spec.runCap === undefined ? {} : { trials: spec.runCap }) })
    const asked = askTell.ask()
    this.#dry = asked === undefined
    return asked as SearchTrial<P> | undefined
  }

  report(trial: number, step: number, value: number): Verdict {
    return this.#search.askTell.report(trial, step, value)
  }

  tell(trial: number, told: Told): void {
    this.#search.askTell.tell(trial, told)
  }

  best(): ReturnType<Search<P>['best']> {
    const [first] = this.ranking()
    if (first === undefined) return undefined
    return { params: first.configuration.params as ParamsOf<P>, mean: first.mean, seeds: first.n }
  }

  ranking(): readonly RankedConfiguration[] {
    return rankConfigurations(this.#search.snapshot).rows
  }

  get open(): readonly SearchTrial<P>[] {
    return this.#search.askTell.open as readonly SearchTrial<P>[]
  }

  get done(): boolean {
    return this.#dry && !this.#search.snapshot.trials.some(({ state }) => state === 'running')
  }

  get snapshot(): SweepSnapshot {
    return this.#search.snapshot
  }

  state(): SearchState {
    return this.#search.state()
  }
}
