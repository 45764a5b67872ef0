import { counted } from '../../base/human-readable.ts'
import { metricText } from '../../reports/numbers.ts'
import type { Params } from '../../space/domain.ts'
import type { RankedConfiguration } from '../../trial/ranking.ts'
import { flattened, valueText } from './params-label.ts'
import type { Style } from './style.ts'
import { type Column, table } from './table.ts'

/** One line of a ranking as it is printed. */
export interface ShownRow {
  readonly rank: number
  /** Its number, as in trials, reports and other commands. */
  readonly configuration: number
  readonly params: Params
  readonly mean: number
  /** Half the width of the 95 % interval; undefined when nothing is known of the noise. */
  readonly halfWidth: number | undefined
  readonly n: number
  readonly incomplete: boolean
  /** Numbers of its completed trials, for `sweep show` and `sweep logs`. */
  readonly trials: readonly number[]
}

export interface ShownRanking {
  readonly metric: string | undefined
  /** The first ones, best first. */
  readonly rows: readonly ShownRow[]
  /** Configurations that are ranked at all. */
  readonly ranked: number
  /** Seeds that a complete configuration has. */
  readonly seeds: number
}

export function shownRow(row: RankedConfiguration): ShownRow {
  const { rank, configuration, mean, interval, n, incomplete, values } = row
  return {
    rank,
    configuration: configuration.number,
    params: configuration.params,
    mean,
    halfWidth: halfWidth(interval),
    n,
    incomplete,
    trials: values.map(({ trial }) => trial),
  }
}

/** @returns undefined when nothing is known of the noise */
export function halfWidth({ low, high }: { readonly low: number; readonly high: number }): number | undefined {
  const half = (high - low) / 2
  return Number.isFinite(half) ? half : undefined
}

/** The ranking as an aligned table, winner first. */
export function rankingLines(ranking: ShownRanking, style: Style): string[] {
  const { metric, rows, ranked } = ranking
  if (metric === undefined) return ['The sweep has no metric, so nothing is ranked.']
  if (rows.length === 0) return ['No trial has completed, so nothing is ranked yet.']
  const names = paramNames(rows)
  const columns: Column[] = [
    { title: 'rank', align: 'right' },
    { title: 'configuration', align: 'right' },
    ...names.map((title): Column => ({ title, align: 'right' })),
    { title: metric, align: 'right' },
    { title: '95 % ±', align: 'right' },
    { title: 'seeds', align: 'right' },
    { title: 'trials' },
  ]
  const cells = rows.map((row) => cellsOf(row, names, ranking.seeds))
  const [head = '', first = '', ...others] = table(columns, cells)
  const more = ranked - rows.length
  return [
    style.dim(head),
    style.green(first),
    ...others,
    ...(more > 0 ? [style.dim(`... and ${counted(more, 'more configuration')}`)] : []),
  ]
}

/** Only what differs between the rows: the same words in every line say nothing. */
function paramNames(rows: readonly ShownRow[]): string[] {
  const seen = new Map<string, Set<string>>()
  for (const { params } of rows) {
    for (const [name, value] of flattened(params)) seen.set(name, (seen.get(name) ?? new Set()).add(valueText(value)))
  }
  const names = [...seen.keys()]
  const differing = names.filter((name) => (seen.get(name) as Set<string>).size > 1)
  return differing.length > 0 ? differing : names
}

function cellsOf(row: ShownRow, names: readonly string[], seeds: number): string[] {
  const values = new Map(flattened(row.params))
  return [
    String(row.rank),
    `#${row.configuration}`,
    ...names.map((name) => (values.has(name) ? valueText(values.get(name) ?? null) : '')),
    metricText(row.mean),
    row.halfWidth === undefined ? '-' : metricText(row.halfWidth),
    row.incomplete ? `${row.n} of ${seeds}` : String(row.n),
    trialsText(row.trials),
  ]
}

const MOST_RUNS = 4

/** `18-20`, `3 7 9`: runs of numbers in a row are joined. */
export function trialsText(trials: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const trial of [...trials].sort((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && trial === run[1] + 1) run[1] = trial
    else runs.push([trial, trial])
  }
  const shown = runs.slice(0, MOST_RUNS).map(([first, last]) => (first === last ? String(first) : `${first}-${last}`))
  return [...shown, ...(runs.length > MOST_RUNS ? ['...'] : [])].join(' ')
}
