import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runFunction } from '../app/run-function.ts'
import { openWorkspace } from '../app/workspace.ts'
import type { SweepDefinition } from '../config/define-sweep.ts'
import type { Objective } from '../executors/executor.ts'
import type { SweepObserver } from '../orchestrator/observer.ts'
import { mayWin, type RankedConfiguration, rankConfigurations } from '../trial/ranking.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import type { ParameterDefinitions, ParamsOf } from './params-of.ts'

/** What an objective is called with, once for each trial: a configuration with one seed. */
export interface TrialContext<P> {
  readonly params: ParamsOf<P>
  /** Draw all randomness from it, and the trial can be repeated. */
  readonly seed: number
  readonly trial: number
  /** A folder of the trial's own, for what it wants to keep. */
  readonly trialDir: string
  /** Aborted when the sweep is stopped or the trial is pruned: return soon. */
  readonly signal: AbortSignal
  /** Reports metrics at a step, for learning curves and pruners. */
  report(step: number, metrics: Readonly<Record<string, number>>): void
}

type Outcome = number | Readonly<Record<string, number>>

/** Everything that a sweep file may say but what to run; instead of that, a function. */
export interface RunSweepOptions<P extends ParameterDefinitions>
  extends Omit<SweepDefinition, 'parameters' | 'trainer' | 'program' | 'command' | 'env' | 'executor' | 'method'> {
  readonly parameters: P
  /** Returns the metric's value, or all metrics by name. What it throws fails the trial, not the sweep. */
  readonly objective: (context: TrialContext<P>) => Outcome | Promise<Outcome>
  /** @default 'grid' */
  readonly method?: SweepDefinition['method']
  /** Keeps the sweep in runs/ of this folder. @default a temporary folder, removed at the end */
  readonly folder?: string
  /** Goes on with the latest sweep of this name in `folder`, unless it has finished. @default false */
  readonly resume?: boolean
  /** Aborted = stop gracefully. */
  readonly abort?: AbortSignal
  readonly observer?: SweepObserver
}

/** What a sweep has found. */
export interface SweepAnswer<P> {
  readonly id: string
  /** The configuration that ranks first; undefined when no trial completed. */
  readonly best: { readonly params: ParamsOf<P>; readonly mean: number; readonly seeds: number } | undefined
  /** All configurations with a value, best first, with intervals over their seeds. */
  readonly ranking: readonly RankedConfiguration[]
  readonly snapshot: SweepSnapshot
  readonly interrupted: boolean
}

/**
 * Runs a sweep of a function in this process.
 *
 * @throws {ProblemsError} everything that is wrong with the definition, with its place
 */
export async function runSweep<const P extends ParameterDefinitions>(
  options: RunSweepOptions<P>,
): Promise<SweepAnswer<P>> {
  const { objective, folder, resume = false, abort, observer, ...rest } = options
  const definition = { method: 'grid', metric: { name: 'objective' }, ...rest }
  const home = folder ?? mkdtempSync(join(tmpdir(), 'sweep-'))
  try {
    const outcome = await runFunction({
      workspace: openWorkspace(home),
      definition,
      name: rest.name ?? 'sweep',
      objective: asObjective(objective),
      resume,
      ...(abort === undefined ? {} : { signal: abort }),
      ...(observer === undefined ? {} : { observer }),
    })
    return answerOf(outcome)
  } finally {
    if (folder === undefined) rmSync(home, { recursive: true, force: true })
  }
}

/** The one place where params lose and get back their types: config/ has checked them against the definition. */
function asObjective<P>(objective: RunSweepOptions<ParameterDefinitions & P>['objective']): Objective {
  const run: Objective = (context) => objective(context as TrialContext<ParameterDefinitions & P>)
  return Object.defineProperty(run, 'name', { value: objective.name })
}

function answerOf<P>({
  id,
  snapshot,
  interrupted,
}: Pick<SweepAnswer<P>, 'id' | 'snapshot' | 'interrupted'>): SweepAnswer<P> {
  const { rows } = rankConfigurations(snapshot)
  const [first] = rows
  const best =
    first === undefined || !mayWin(first)
      ? undefined
      : { params: first.configuration.params as ParamsOf<P>, mean: first.mean, seeds: first.n }
  return { id, best, ranking: rows, snapshot, interrupted }
}
