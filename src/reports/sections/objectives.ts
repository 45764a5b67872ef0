import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { mayWin } from '../../trial/ranking.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { valueAxis } from '../chart-style.ts'
import { configurationLabel, factsOf } from '../facts.ts'
import { type FrontFacts, frontFacts, type Placed } from '../front-facts.ts'
import { countCell, metricCell, percent } from '../numbers.ts'
import { colour } from '../palette.ts'

const MOST_DOTS = 400
const MOST_ROWS = 30

function picture({ objectives, members, others }: FrontFacts): Block {
  const [first, second] = objectives
  const dots = (of: readonly Placed[]) => of.slice(0, MOST_DOTS).map(({ values }) => [values[0], values[1]])
  const series = (name: string, of: readonly Placed[], tint: string) => ({
    type: 'scatter',
    name,
    symbolSize: 9,
    itemStyle: { color: tint },
    data: dots(of),
  })
  const front = [...members].sort((a, b) => (a.values[0] as number) - (b.values[0] as number))
  const line = { type: 'line', symbol: 'none', lineStyle: { color: colour('second'), width: 1 }, data: dots(front) }
  return {
    kind: 'chart',
    name: 'pareto-front',
    alt: `${second?.name} against ${first?.name} of each configuration, the Pareto front in orange`,
    caption:
      `Orange: the front; blue: others; grey: over a limit. ${objectives.length > 2 ? 'The first two metrics only, so members of the front may seem to be beaten.' : ''}`.trim(),
    option: {
      grid: { left: 70, right: 24, top: 12, bottom: 48 },
      xAxis: valueAxis(first?.name ?? ''),
      yAxis: valueAxis(second?.name ?? '', { nameGap: 50 }),
      series: [
        series(
          'over a limit',
          others.filter(({ row }) => !mayWin(row)),
          colour('faint'),
        ),
        series(
          'others',
          others.filter(({ row }) => mayWin(row)),
          colour('accent'),
        ),
        ...(objectives.length === 2 ? [line] : []),
        series('front', members, colour('second')),
      ],
    },
    height: 360,
  }
}

function frontTable(snapshot: SweepSnapshot, { objectives, members }: FrontFacts): Block {
  const facts = factsOf(snapshot)
  const rows = members
    .slice(0, MOST_ROWS)
    .map(({ row, values }): Cell[] => [
      configurationLabel(facts, row.configuration.number, 60),
      ...values.map((value) => metricCell(value)),
      countCell(row.n),
    ])
  const columns = ['configuration', ...objectives.map(({ name, goal }) => `${name} (${goal})`), 'seeds']
  return { kind: 'table', caption: 'The Pareto front, best of the main metric first', columns, rows, stressed: 0 }
}

function limitNotes(snapshot: SweepSnapshot): Block[] {
  const { rows } = factsOf(snapshot).ranking
  const over = rows.filter(({ overLimits }) => overLimits !== undefined)
  if (snapshot.spec.limits === undefined || rows.length === 0) return []
  if (over.length === 0) return [{ kind: 'note', level: 'good', text: 'All configurations keep to the limits.' }]
  const first = over
    .slice(0, 5)
    .map(({ configuration, overLimits }) => `#${configuration.number} (${overLimits?.join(', ')})`)
  const more = over.length > first.length ? ` and ${over.length - first.length} more` : ''
  const all = over.length === rows.length
  const start = all
    ? 'No configuration keeps to the limits, so there is no winner'
    : `${counted(over.length, 'configuration')} of ${rows.length} over a limit, which cannot win`
  return [{ kind: 'note', level: all ? 'warn' : 'info', text: `${start}: ${first.join('; ')}${more}.` }]
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const front = frontFacts(snapshot)
  const limits = limitNotes(snapshot)
  if (front === undefined) return limits.length === 0 ? 'nothing to show' : limits
  if (front.members.length === 0) return limits.length === 0 ? 'nothing to show' : limits
  const n = front.members.length
  const volume =
    front.hypervolume === undefined
      ? ''
      : ` The front dominates ${percent(front.hypervolume)} of the box between the best and the worst seen of each metric.`
  const noise = 'Membership goes by means over seeds: neighbours that differ by less than seed noise may change places.'
  return [
    {
      kind: 'text',
      text: `${counted(n, 'configuration')} on the Pareto front: no other is as good in all metrics and better in one.${volume} ${noise}`,
    },
    ...limits,
    picture(front),
    frontTable(snapshot, front),
  ]
}

export const objectives = entry({
  summary: 'The Pareto front of several metrics, and who is over a limit.',
  options: z.object({}),
  create: (): Section => ({ title: 'Several metrics and limits', render }),
})
