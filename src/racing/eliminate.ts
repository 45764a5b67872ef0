import { figure } from '../base/human-readable.ts'
import { tCdf, tQuantile } from '../statistics/student-t.ts'
import { twoWayNoise } from '../statistics/two-way.ts'
import { finiteCells } from '../trial/posterior.ts'
import type { Elimination, RaceRequest } from './race.ts'

/** Chance of ever eliminating the best configuration, at most. */
export const LEVEL = 0.05

/**
 * Configurations that cannot win any more: paired t tests against the leader over the seeds that both have, with the
 * noise that all configurations show together.
 *
 * Repeated looks and many rivals are paid for by alpha spending over a union bound: a comparison with the configuration
 * that was proposed as number j may be looked at once for each number of common seeds, and gets the share
 * 1 / ((j + 1) (j + 2) s) of the level, s seeds in all. The shares sum to the level at most, however long it goes on.
 *
 * @source alpha spending: Lan and DeMets, "Discrete sequential boundaries for clinical trials" (1983); the shares are
 * fixed in advance instead of following a spending function, so that neither budget nor number of rivals need be known
 */
export function eliminations({ seeds, history }: RaceRequest): readonly Elimination[] {
  const sign = history.goal === 'minimize' ? -1 : 1
  const cells = finiteCells(history.trials, sign)
  const rows = new Map<number, Map<number, number>>()
  for (const { row, column, value } of cells) {
    const values = rows.get(row)
    if (values === undefined) rows.set(row, new Map([[column, value]]))
    else values.set(column, value)
  }
  if (rows.size === cells.length) return []
  const noise = twoWayNoise(cells.filter(({ row }) => (rows.get(row)?.size ?? 0) > 1))
  const leader = leaderOf(rows, history)
  if (leader === undefined || noise.df === 0) return []
  const level = LEVEL / ((leader + 1) * (leader + 2) * seeds.length)
  // Compared before its chance is worked out, which takes much longer.
  const least = tQuantile(1 - level, noise.df) * Math.sqrt(2 * noise.variance)
  return [...rows.keys()].flatMap((row) => {
    const { eliminated, lost } = history.configurations[row] ?? { lost: true }
    if (row === leader || eliminated !== undefined || lost) return []
    const { difference, common } = compare(rows, leader, row)
    if (common === 0 || !(difference * Math.sqrt(common) > least)) return []
    const p = tCdf(-difference / Math.sqrt((2 * noise.variance) / common), noise.df)
    const over = common === 1 ? '1 common seed' : `${common} common seeds`
    const reason = `Behind configuration ${leader} by ${figure(difference)} over ${over} (p = ${p.toPrecision(1)}, less than ${level.toPrecision(1)} that this look may have), so it cannot be expected to win any more.`
    return [{ configuration: row, reason }]
  })
}

/** The one with the most seeds, and of these the best mean: what was tried most is compared with. */
function leaderOf(rows: ReadonlyMap<number, ReadonlyMap<number, number>>, history: RaceRequest['history']) {
  let leader: { readonly row: number; readonly n: number; readonly mean: number } | undefined
  for (const [row, values] of rows) {
    if (history.configurations[row]?.eliminated !== undefined) continue
    const n = values.size
    const mean = [...values.values()].reduce((sum, value) => sum + value, 0) / n
    if (leader === undefined || n > leader.n || (n === leader.n && mean > leader.mean)) leader = { row, n, mean }
  }
  return leader?.row
}

function compare(rows: ReadonlyMap<number, ReadonlyMap<number, number>>, leader: number, row: number) {
  let [sum, common] = [0, 0]
  for (const [seed, value] of rows.get(row) ?? []) {
    const theirs = rows.get(leader)?.get(seed)
    if (theirs === undefined) continue
    sum += theirs - value
    common++
  }
  return { difference: sum / Math.max(1, common), common }
}
