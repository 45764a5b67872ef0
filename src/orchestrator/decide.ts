import { rngFor } from '../base/rng.ts'
import type { Pruner, Verdict } from '../pruners/pruner.ts'
import type { Elimination, NextTrial, Race, RaceRequest } from '../racing/race.ts'
import type { Sampler, Suggestion } from '../samplers/sampler.ts'
import { paramsKey } from '../space/params-key.ts'
import { historyOf } from '../trial/history.ts'
import { scalarised } from '../trial/scalarised.ts'
import { budgetOf } from '../trial/search-budget.ts'
import { settledReason } from '../trial/settled.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { Configuration, SweepSnapshot, Trial } from '../trial/trial.ts'
import { withinLimits } from '../trial/within-limits.ts'

// What is decided, by contracts and a snapshot alone: the loop, ask/tell and a replay of the journal ask the same.

/** Who decides, and on what. */
export interface Deciding {
  readonly spec: SweepSpec
  readonly sampler: Sampler
  readonly race: Race
  readonly pruner?: Pruner
  readonly journal: { readonly snapshot: SweepSnapshot }
}

/** Times that a sampler may propose what is already there before its space counts as used up. */
export const REPEATS = 1000

/** @returns whether as many trials have been created as the budget allows */
export function isFull({ journal }: Deciding): boolean {
  const { trials, search } = journal.snapshot
  return trials.length >= (search?.trials ?? Number.POSITIVE_INFINITY)
}

/** The paused trial that is to go on. */
export function promotion({
  pruner,
  journal,
}: Deciding): { readonly trial: number; readonly reason: string } | undefined {
  return pruner?.promote?.(historyOf(journal.snapshot))
}

export function eliminations(deciding: Deciding): readonly Elimination[] {
  return deciding.race.eliminate?.(raceRequest(deciding)) ?? []
}

export function nextTrial(deciding: Deciding): NextTrial {
  return deciding.race.next(raceRequest(deciding))
}

function raceRequest({ spec, journal }: Deciding): RaceRequest {
  const { snapshot } = journal
  const budget = budgetOf(snapshot)
  return {
    seeds: spec.seeds,
    exhausted: snapshot.exhausted,
    history: withinLimits(historyOf(snapshot)),
    ...(budget === undefined ? {} : { budget }),
  }
}

/**
 * The next configuration that is not there yet.
 *
 * @returns `used-up` when the sampler has nothing more, or nothing that is worth its trials by the sweep's `stop` rule;
 * `repeating` when it proposed only known ones {@link REPEATS} times
 */
export function suggestion(deciding: Deciding): Suggestion | 'used-up' | 'repeating' {
  const { configurations } = deciding.journal.snapshot
  if (settledReason(deciding.journal.snapshot) !== undefined) return 'used-up'
  const known = knownKeys(configurations)
  let { cursor } = deciding.journal.snapshot
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const made = suggest(deciding, cursor, repeat)
    if (made === undefined) return 'used-up'
    cursor = made.cursor
    if (!known.has(paramsKey(made.params))) return made
  }
  return 'repeating'
}

function suggest({ spec, sampler, journal }: Deciding, cursor: number | undefined, repeat: number) {
  const { snapshot } = journal
  const configuration = snapshot.configurations.length
  const budget = budgetOf(snapshot)
  // A repeat gets a stream of its own: the same stream would give the same answer for ever.
  const name = repeat === 0 ? [configuration] : [configuration, repeat]
  return sampler.suggest({
    space: spec.space,
    configuration,
    cursor,
    // Samplers know one value a trial: several metrics and limits are put into it here, for all of them alike.
    history: tradeOff(spec, snapshot, name),
    ...(budget === undefined ? {} : { budget }),
    sweepSeed: spec.sweepSeed,
    // A grid draws nothing, and a stream costs more than its next point.
    get rng() {
      return rngFor(spec.sweepSeed, 'sampler', ...name)
    },
  })
}

interface Keys {
  readonly keys: Set<string>
  /** Configurations that are in it. */
  seen: number
}

const keysOf = new WeakMap<readonly Configuration[], Keys>()

/** Made once for a list, then kept up to date: configurations are only ever added at its end. */
function knownKeys(configurations: readonly Configuration[]): ReadonlySet<string> {
  let known = keysOf.get(configurations)
  if (known === undefined) {
    known = { keys: new Set(), seen: 0 }
    keysOf.set(configurations, known)
  }
  for (; known.seen < configurations.length; known.seen++) {
    known.keys.add(paramsKey((configurations[known.seen] as Configuration).params))
  }
  return known.keys
}

/** What the pruner says of a running trial after its newest report; a race may want further seeds whole. */
export function verdictOn({ pruner, race, journal }: Deciding, trial: number): Verdict {
  const history = historyOf(journal.snapshot)
  const judged = history.trials[trial] as Trial
  const whole = race.wholeSeeds === true && history.trialsOf(judged.configuration)[0] !== trial
  return (whole ? undefined : pruner?.judge(judged, history)) ?? { action: 'continue' }
}

function tradeOff(spec: SweepSpec, snapshot: SweepSnapshot, name: readonly number[]) {
  const history = historyOf(snapshot)
  if (history.objectives === undefined && history.limits === undefined) return history
  return scalarised(history, rngFor(spec.sweepSeed, 'trade-off', ...name))
}
