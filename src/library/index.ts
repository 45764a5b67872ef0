export type { SearchState } from '../app/open-search.ts'
export { ProblemsError, SweepError, UserError } from '../base/errors.ts'
export { defineSweep, type ParameterDefinition, type SweepDefinition } from '../config/define-sweep.ts'
export type { SimulatedOutcome } from '../executors/simulated.ts'
export type { Told } from '../orchestrator/ask-tell.ts'
export type { LiveState, SweepObserver } from '../orchestrator/observer.ts'
export type { RankedConfiguration } from '../trial/ranking.ts'
export type { SweepSnapshot, Trial } from '../trial/trial.ts'
export {
  type OpenSearchOptions,
  openSearch,
  type Search,
  type SearchDefinition,
  type SearchTrial,
} from './open-search.ts'
export type { ParameterDefinitions, ParamsOf } from './params-of.ts'
export { type RunSweepOptions, runSweep, type SweepAnswer, type TrialContext } from './run-sweep.ts'
export { type SimulatedAnswer, type SimulateSweepOptions, simulateSweep } from './simulate-sweep.ts'
