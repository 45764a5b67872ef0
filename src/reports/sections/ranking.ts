import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import type { RankedConfiguration } from '../../trial/ranking.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { errorBars, nameAxis, roomForNames, valueAxis } from '../chart-style.ts'
import { configurationLabel, factsOf, type SweepFacts } from '../facts.ts'
import { cellOf, countCell, metricCell, metricText, signed } from '../numbers.ts'
import { colour } from '../palette.ts'
import { cut, paramText } from '../params.ts'

const IN_PICTURE = 20
const IN_TABLE = 30
/** A page of more rows helps nobody; ranking.csv has all. */
const MOST_ROWS = 500
const MOST_COLUMNS = 8

function picture(facts: SweepFacts, metric: string): Block {
  const rows = facts.ranking.rows.filter((row) => Number.isFinite(row.mean)).slice(0, IN_PICTURE)
  const names = rows.map((row) => cut(configurationLabel(facts, row.configuration.number), 44))
  const bars = rows.flatMap(({ interval: { low, high } }, i) =>
    Number.isFinite(low) && Number.isFinite(high) ? [[low, high, i] as const] : [],
  )
  const option = {
    grid: { left: roomForNames(names), right: 24, top: 8, bottom: 48 },
    xAxis: valueAxis(metric),
    yAxis: nameAxis(names, { inverse: true }),
    series: [
      {
        type: 'scatter',
        symbolSize: 6,
        itemStyle: { color: colour('faint') },
        data: rows.flatMap((row, i) => row.values.map(({ value }) => [value, i])),
      },
      errorBars(bars, colour('muted')),
      {
        type: 'scatter',
        symbolSize: 10,
        z: 4,
        data: rows.map((row, i) => ({
          value: [row.mean, i],
          itemStyle: { color: i === 0 ? colour('second') : colour('accent') },
        })),
      },
    ],
  }
  const more =
    facts.ranking.rows.length > rows.length ? ` The best ${rows.length} of ${facts.ranking.rows.length}.` : ''
  return {
    kind: 'chart',
    name: 'ranking',
    alt: `${metric} of each configuration with its 95 % interval, best on top`,
    caption: `Large dot: mean over seeds (orange: the winner); small dots: single seeds; bar: 95 % interval of the mean. Bars rest on the spread of all configurations’ seeds together (from 6 seeds on, of their own). The standing below takes out what a seed does to all configurations alike, so it can tell apart what the bars do not.${more}`,
    option,
    height: 64 + 24 * rows.length,
  }
}

/** `seed 3 failed: out of memory, seeds 4, 5 not started`. */
function missingText(missing: RankedConfiguration['missing']): string {
  const reasons = [...new Set(missing.map(({ why }) => why))]
  const seedsOf = (reason: string) => missing.flatMap(({ seed, why }) => (why === reason ? [seed] : []))
  return reasons
    .map((reason) => `${seedsOf(reason).length === 1 ? 'seed' : 'seeds'} ${seedsOf(reason).join(', ')} ${reason}`)
    .join(', ')
}

/** In words, why a row stands where it stands. */
function standing(row: RankedConfiguration): Cell {
  if (row.notFinite > 0) return { tone: 'warn', text: 'not a number' }
  if (row.overLimits !== undefined) return { tone: 'warn', text: row.overLimits.join(', ') }
  if (row.missing.length > 0) return { tone: 'warn', text: missingText(row.missing) }
  if (row.behindBest === undefined) return 'best'
  if (row.paretoRank === 1) return 'on the front'
  return row.tiedWithBest ? 'tied' : 'behind'
}

function rowCells(row: RankedConfiguration, facts: SweepFacts): Cell[] {
  const params = facts.params.get(row.configuration.number) ?? new Map()
  const named = facts.varying.slice(0, MOST_COLUMNS).map((name): Cell => {
    const value = params.get(name)
    return typeof value === 'number' ? cellOf(value, paramText(value)) : cut(paramText(value), 48)
  })
  const { low, high } = row.interval
  const half = (high - low) / 2
  return [
    countCell(row.rank),
    `#${row.configuration.number}`,
    ...named,
    metricCell(row.mean),
    Number.isFinite(half) ? cellOf(half, `± ${metricText(half)}`) : '–',
    metricCell(Number.isNaN(row.sd) ? undefined : row.sd),
    countCell(row.n),
    row.behindBest === undefined ? '–' : cellOf(row.behindBest.difference, signed(-row.behindBest.difference)),
    standing(row),
  ]
}

function tables(facts: SweepFacts, metric: string): Block[] {
  const names = facts.varying.slice(0, MOST_COLUMNS)
  const columns = ['rank', 'configuration', ...names, metric, '95 %', 'sd', 'seeds', 'to the best', 'standing']
  const all = facts.ranking.rows.length
  const rows = facts.ranking.rows.slice(0, MOST_ROWS).map((row) => rowCells(row, facts))
  const head: Block = { kind: 'table', columns, rows: rows.slice(0, IN_TABLE), stressed: 0 }
  if (rows.length <= IN_TABLE) return [head]
  const caption =
    all > rows.length
      ? `The next ${rows.length - IN_TABLE} configurations; ranking.csv has all ${all}`
      : `The other ${rows.length - IN_TABLE} configurations`
  return [head, { kind: 'table', caption, columns, rows: rows.slice(IN_TABLE), folded: true }]
}

function remarks(facts: SweepFacts): Block[] {
  const { unranked } = facts.ranking
  const { varying } = facts
  const hidden = varying.slice(MOST_COLUMNS)
  const left: Block[] =
    hidden.length === 0 ? [] : [{ kind: 'text', text: `Not shown here, in ranking.csv: ${hidden.join(', ')}.` }]
  if (unranked.length === 0) return left
  const names = unranked.slice(0, 10).map(({ configuration, missing }) => {
    const why = missing[0] === undefined ? '' : ` (${missing[0].why})`
    return `${configurationLabel(facts, configuration.number)}${why}`
  })
  const more = unranked.length > names.length ? ` and ${unranked.length - names.length} more` : ''
  return [
    ...left,
    {
      kind: 'note',
      level: 'warn',
      text: `${counted(unranked.length, 'configuration')} without one finished seed: ${names.join('; ')}${more}.`,
    },
  ]
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const facts = factsOf(snapshot)
  const metric = snapshot.spec.metric?.name
  if (metric === undefined || (facts.ranking.rows.length === 0 && facts.ranking.unranked.length === 0)) {
    return 'nothing to show'
  }
  if (facts.ranking.rows.length === 0) return remarks(facts)
  const drawn = facts.winner === undefined ? [] : [picture(facts, metric)]
  return [...drawn, ...tables(facts, metric), ...remarks(facts)]
}

export const ranking = entry({
  summary: 'Every configuration with its mean over seeds, interval and distance to the best.',
  options: z.object({}),
  create: (): Section => ({ title: 'Ranking', render }),
})
