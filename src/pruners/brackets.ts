import { rngFor } from '../base/rng.ts'
import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'
import { isAtRung, judgeOn, type Ladder, promoteOn, rungSteps } from './ladder.ts'
import { decideOnce } from './open-trials.ts'
import type { Pruner, Verdict } from './pruner.ts'

const CONTINUE: Verdict = { action: 'continue' }

/** Options of all pruners with rungs. */
export interface RungOptions extends Pick<Ladder, 'eta' | 'others' | 'trust'> {
  readonly min: number
  readonly max?: number | undefined
}

/**
 * Successive halving in brackets: the configurations of bracket b are first judged at rung b, against each other.
 *
 * Which bracket a configuration is in follows from its number alone, never from the time, so a replay finds it again.
 */
export function bracketPruner({ min, max, eta, others, trust }: RungOptions, brackets: number): Pruner {
  const bracketOf = bracketDraw(brackets, eta)
  const ladders = Array.from({ length: brackets }, (_, bracket): Ladder => {
    const steps = rungSteps({ min: min * eta ** bracket, max, eta })
    const one = { steps, eta, others, trust }
    if (brackets === 1) return { ...one, group: '' }
    const belongs = (trial: Trial) => bracketOf(trial.configuration) === bracket
    return { ...one, group: `${brackets} brackets by ${eta}: ${bracket}`, belongs }
  })
  return {
    judge(trial, history) {
      const ladder = ladders[bracketOf(trial.configuration)] as Ladder
      return isAtRung(ladder, trial) ? decideOnce(history.trials, () => judgeOn(ladder, trial, history)) : CONTINUE
    },
    ...(others === 'pause' && {
      promote: (history) => decideOnce(history.trials, () => promoteFirst(ladders, history)),
    }),
  }
}

function promoteFirst(ladders: readonly Ladder[], history: History): ReturnType<typeof promoteOn> {
  for (const ladder of ladders) {
    const promoted = promoteOn(ladder, history)
    if (promoted !== undefined) return promoted
  }
  return undefined
}

/**
 * Hyperband starts eta^s (S + 1) / (s + 1) configurations in the bracket with s rungs after its first, so that all
 * brackets cost about the same; here each configuration is drawn with these chances.
 *
 * @source Li et al., "Hyperband" (JMLR 2018), algorithm 1
 */
function bracketDraw(brackets: number, eta: number): (configuration: number) => number {
  if (brackets === 1) return () => 0
  const weights = Array.from({ length: brackets }, (_, b) => eta ** (brackets - 1 - b) / (brackets - b))
  const sum = weights.reduce((total, it) => total + it, 0)
  const drawn = new Map<number, number>()
  return (configuration) => {
    let bracket = drawn.get(configuration)
    if (bracket === undefined) {
      let left = rngFor(0, 'bracket', configuration).uniform() * sum
      bracket = weights.findIndex((weight) => {
        left -= weight
        return left < 0
      })
      if (bracket === -1) bracket = brackets - 1
      drawn.set(configuration, bracket)
    }
    return bracket
  }
}
