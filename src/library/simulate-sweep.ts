import { simulate } from '../app/simulate.ts'
import type { SweepDefinition } from '../config/define-sweep.ts'
import { resolveDefinition } from '../config/load-sweep.ts'
import type { SimulatedOutcome } from '../executors/simulated.ts'
import { type RankedConfiguration, rankConfigurations } from '../trial/ranking.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import type { ParameterDefinitions, ParamsOf } from './params-of.ts'

/** A sweep file whose trials are known beforehand: from a table of results, or from a formula. */
export interface SimulateSweepOptions<P extends ParameterDefinitions>
  extends Omit<
    SweepDefinition,
    'parameters' | 'trainer' | 'program' | 'command' | 'env' | 'executor' | 'method' | 'resources' | 'notify'
  > {
  readonly parameters: P
  /** @default 'random' */
  readonly method?: SweepDefinition['method']
  /** What a trial would report and how long each step would take. Asked once for each. */
  readonly outcome: (params: ParamsOf<P>, seed: number) => SimulatedOutcome
  /** Trials at a time. @default 1 */
  readonly slots?: number
  /** Aborted = stop. */
  readonly abort?: AbortSignal
}

export interface SimulatedAnswer<P> {
  readonly best: { readonly params: ParamsOf<P>; readonly mean: number; readonly seeds: number } | undefined
  readonly ranking: readonly RankedConfiguration[]
  readonly snapshot: SweepSnapshot
  /** Milliseconds that it would have taken. */
  readonly elapsedMs: number
}

/**
 * Plays a sweep on a clock that jumps from one event to the next: a night of sweeping in seconds, with the loop, samplers,
 * pruners and races of real sweeps. Writes nothing.
 *
 * @throws {ProblemsError} everything that is wrong with the definition, with its place
 */
export async function simulateSweep<const P extends ParameterDefinitions>(
  options: SimulateSweepOptions<P>,
): Promise<SimulatedAnswer<P>> {
  const { outcome, slots = 1, abort, ...rest } = options
  const definition = { method: 'random', metric: { name: 'objective' }, ...rest }
  const name = rest.name ?? 'simulated'
  const spec = await resolveDefinition(definition, {
    name,
    folder: process.cwd(),
    objective: 'outcome',
    shown: 'simulateSweep',
  })
  const { snapshot, elapsedMs } = await simulate({
    spec,
    slots,
    // config/ has checked the params against the definition.
    outcome: (params, seed) => outcome(params as ParamsOf<P>, seed),
    ...(abort === undefined ? {} : { parts: { signal: abort } }),
  })
  const { rows } = rankConfigurations(snapshot)
  const [first] = rows
  const best =
    first === undefined
      ? undefined
      : { params: first.configuration.params as ParamsOf<P>, mean: first.mean, seeds: first.n }
  return { best, ranking: rows, snapshot, elapsedMs }
}
