import { hypervolume } from '../statistics/pareto.ts'
import { meanOfAll, objectivesOf } from '../trial/objectives.ts'
import { mayWin, type RankedConfiguration } from '../trial/ranking.ts'
import type { ObjectiveSpec } from '../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { factsOf } from './facts.ts'

/** A configuration with the means of all objectives over its seeds. */
export interface Placed {
  readonly row: RankedConfiguration
  readonly values: readonly number[]
}

/** The front of a sweep with several metrics. */
export interface FrontFacts {
  readonly objectives: readonly ObjectiveSpec[]
  readonly members: readonly Placed[]
  /** All others with a value of each objective, those over a limit included. */
  readonly others: readonly Placed[]
  /**
   * Share of the box from the best to the worst seen of each objective that the front dominates, 0 to 1; undefined for
   * more than three objectives.
   */
  readonly hypervolume?: number
}

/** @returns undefined for a sweep with one metric */
export function frontFacts(snapshot: SweepSnapshot): FrontFacts | undefined {
  const objectives = objectivesOf(snapshot.spec)
  if (objectives.length < 2) return undefined
  const placed = factsOf(snapshot).ranking.rows.flatMap((row): Placed[] => {
    const trials = row.values.flatMap(({ trial }) => snapshot.trials[trial] ?? [])
    const values = objectives.map(({ name }, m) =>
      m === 0 ? row.mean : meanOfAll(trials, ({ metrics }) => metrics[name]),
    )
    return values.every((value) => value !== undefined && Number.isFinite(value))
      ? [{ row, values: values as number[] }]
      : []
  })
  const members = placed.filter(({ row }) => mayWin(row) && row.paretoRank === 1)
  const others = placed.filter((one) => !members.includes(one))
  return { objectives, members, others, ...volumeOf(placed, members, objectives) }
}

function volumeOf(placed: readonly Placed[], members: readonly Placed[], objectives: readonly ObjectiveSpec[]) {
  if (objectives.length > 3 || members.length === 0) return {}
  const columns = objectives.map((_, m) => placed.map(({ values }) => values[m] as number))
  const units = members.map(({ values }) =>
    values.map((value, m) => {
      const column = columns[m] as number[]
      const [low, high] = [Math.min(...column), Math.max(...column)]
      const share = high > low ? (value - low) / (high - low) : 0
      return objectives[m]?.goal === 'maximize' ? 1 - share : share
    }),
  )
  return {
    hypervolume: hypervolume(
      units,
      objectives.map(() => 1),
    ),
  }
}
