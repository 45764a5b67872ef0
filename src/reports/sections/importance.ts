import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { FEWEST_FOR_IMPORTANCE } from '../../statistics/importance.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { errorBars, nameAxis, roomForNames, valueAxis } from '../chart-style.ts'
import { factsOf } from '../facts.ts'
import { axisOf, type ImportanceFacts, importanceFacts } from '../importance-facts.ts'
import { cellOf, metricText, percent, rangeText } from '../numbers.ts'
import { colour } from '../palette.ts'
import { cut } from '../params.ts'

const SHOWN = 12
const PAIRS = 5
const PLACES = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95]

function byShare({ names, all }: ImportanceFacts): number[] {
  return names
    .map((_, i) => i)
    .sort((a, b) => (all.single[b]?.estimate ?? 0) - (all.single[a]?.estimate ?? 0))
    .slice(0, SHOWN)
}

function picture(facts: ImportanceFacts): Block {
  const order = byShare(facts)
  const names = order.map((i) => cut(facts.names[i] as string, 40))
  const shares = order.map((i) => facts.all.single[i] ?? { estimate: 0, low: 0, high: 0 })
  return {
    kind: 'chart',
    name: 'importance',
    alt: 'Share of the variance of the metric over the whole space that each parameter explains alone',
    caption:
      'Bar: share of the variance over the space; line: 95 % by resampling. Grey: no more than a made-up parameter of pure chance gets.',
    option: {
      grid: { left: roomForNames(names), right: 40, top: 4, bottom: 44 },
      xAxis: valueAxis('share of variance', {
        scale: false,
        min: 0,
        axisLabel: { color: colour('muted'), formatter: (value: number) => percent(value) },
      }),
      yAxis: nameAxis(names, { inverse: true }),
      series: [
        {
          type: 'bar',
          barMaxWidth: 18,
          data: shares.map(({ estimate }) => ({
            value: estimate,
            itemStyle: { color: estimate > facts.all.chance ? colour('accent') : colour('faint') },
          })),
        },
        errorBars(
          shares.map(({ low, high }, i) => [low, high, i] as const),
          colour('muted'),
        ),
      ],
    },
    height: 56 + 28 * names.length,
  }
}

/** What changing one parameter alone would do at the winner, by the model. */
function atOptimum(facts: ImportanceFacts, axis: number, sign: number): Cell {
  const choices = axisOf(facts.domains[axis] as ImportanceFacts['domains'][number]).choices
  const own = facts.winner[axis]
  if (own === undefined) return '–'
  const places = choices === undefined ? PLACES : Array.from({ length: choices }, (_, i) => i)
  const [at, ...others] = facts.all.along(axis, facts.winner, [own, ...places])
  const worst = others.reduce((least, { estimate }) => Math.min(least, estimate), Number.POSITIVE_INFINITY)
  const loss = Math.max(0, (at?.estimate ?? 0) - worst)
  return cellOf(loss, `${sign > 0 ? '−' : '+'}${metricText(loss)}`)
}

function table(facts: ImportanceFacts, sign: number): Block {
  const rows = byShare(facts).map((i): Cell[] => {
    const share = facts.all.single[i]
    const inBest = facts.best?.single[i]
    const beyond = share !== undefined && share.estimate > facts.all.chance
    return [
      cut(facts.names[i] as string, 60),
      cellOf(share?.estimate ?? Number.NaN, percent(share?.estimate ?? Number.NaN)),
      share === undefined ? '–' : rangeText(share, percent),
      inBest === undefined ? '–' : cellOf(inBest.estimate, percent(inBest.estimate)),
      atOptimum(facts, i, sign),
      beyond ? { tone: 'good', text: 'matters' } : 'no more than chance',
    ]
  })
  const columns = ['parameter', 'share', '95 %', 'in the better half', 'worst change at the winner', 'verdict']
  return { kind: 'table', caption: 'Importance of each parameter', columns, rows }
}

function pairTable({ all, names }: ImportanceFacts): Block[] {
  const found = all.pairs.filter(({ share }) => share.estimate > Math.max(all.chance, 0.01)).slice(0, PAIRS)
  if (found.length === 0)
    return [{ kind: 'text', text: 'No pair of parameters stands out beyond what each does alone.' }]
  const rows = found.map(({ axes, share }): Cell[] => [
    axes.map((axis) => names[axis]).join(' × '),
    cellOf(share.estimate, percent(share.estimate)),
    rangeText(share, percent),
  ])
  return [{ kind: 'table', caption: 'Pairs, beyond what each does alone', columns: ['pair', 'share', '95 %'], rows }]
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const { winner, varying, sign } = factsOf(snapshot)
  if (winner === undefined || varying.length === 0) return 'nothing to show'
  const facts = importanceFacts(snapshot)
  if (facts === undefined) {
    const text = `Importance over the whole space takes ${FEWEST_FOR_IMPORTANCE} configurations with different results; there are fewer.`
    return [{ kind: 'note', level: 'info', text }]
  }
  return [
    picture(facts),
    table(facts, sign),
    ...pairTable(facts),
    {
      kind: 'text',
      text: 'Functional ANOVA on a random forest (Hutter et al. 2014), every part of the space counting alike, however often it was tried. The better half: as if all worse than the median were at the median. Parameters that move together share what they do.',
    },
  ]
}

export const importance = entry({
  summary: 'How much of the differences over the space each parameter and pair makes, with intervals.',
  options: z.object({}),
  create: (): Section => ({ title: 'Importance of parameters', render }),
})
