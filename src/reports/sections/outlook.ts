import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { FEWEST_FOR_TAIL } from '../../statistics/expected-best.ts'
import { AHEAD } from '../../trial/settled.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import type { Block, ReportContext, Section } from '../block.ts'
import { valueAxis } from '../chart-style.ts'
import { configurationLabel, factsOf } from '../facts.ts'
import { cellOf, chance, countCell, metricCell, metricText } from '../numbers.ts'
import { type OutlookFacts, outlookFacts } from '../outlook-facts.ts'
import { colour } from '../palette.ts'

function chanceTable(snapshot: SweepSnapshot, { chances }: OutlookFacts): Block[] {
  if (chances.length === 0) {
    const text =
      'Who is truly best cannot be said: seed noise is not known, or the leader lacks seeds. Give each configuration several seeds.'
    return [{ kind: 'note', level: 'info', text }]
  }
  const facts = factsOf(snapshot)
  const rows = chances.map(({ row, chance: share, regret }) => [
    configurationLabel(facts, row.configuration.number, 60),
    cellOf(share, chance(share)),
    metricCell(regret),
    metricCell(row.mean),
    countCell(row.n),
  ])
  const columns = ['configuration', 'chance of being best', 'expected to lie behind the best by', 'mean', 'seeds']
  return [{ kind: 'table', caption: 'Who is truly best, of those tried', columns, rows }]
}

function inWords(snapshot: SweepSnapshot, { regret, improvement, curve }: OutlookFacts): Block[] {
  const blocks: Block[] = []
  if (regret !== undefined) {
    const text = `Taking the recommended configuration is expected to cost ${metricText(regret)} against the truly best of those tried.`
    blocks.push({ kind: 'text', text })
  }
  if (improvement === undefined) {
    const n = curve.at(-1)?.configurations ?? 0
    const text = `What more configurations would bring is not estimated from ${n} of them; that takes ${FEWEST_FOR_TAIL}.`
    return [...blocks, { kind: 'note', level: 'info', text }]
  }
  const { estimate, low, high } = improvement
  const sentence = `${AHEAD} more configurations like the latest are expected to improve the best by ${metricText(estimate)} (${metricText(low)} to ${metricText(high)}).`
  return [...blocks, { kind: 'note', level: 'info', text: `${sentence} ${advice(snapshot, estimate)}` }]
}

/** Below seed noise of one mean, a better configuration could not even be told from the best. */
function advice(snapshot: SweepSnapshot, expected: number): string {
  const { winner, ranking } = factsOf(snapshot)
  const noise = ranking.pooled.sd / Math.sqrt(winner?.n ?? 1)
  if (!Number.isFinite(noise))
    return 'Whether that is worth their time is for you to say: stop: { expected_improvement: ... }.'
  return expected < noise
    ? `That is less than the seed noise of the winner’s mean (${metricText(noise)}): this would be a sensible time to stop, or to widen the space.`
    : `That is more than the seed noise of the winner’s mean (${metricText(noise)}): going on is worth while.`
}

function picture(metric: string, { curve }: OutlookFacts): Block[] {
  if (curve.length < 3) return []
  const line = (of: (at: OutlookFacts['curve'][number]) => number, style: Readonly<Record<string, unknown>>) => ({
    type: 'line',
    symbol: 'none',
    data: curve.map((at) => [at.configurations, of(at)]),
    ...style,
  })
  const faint = { lineStyle: { color: colour('muted'), width: 1, type: 'dashed' } }
  return [
    {
      kind: 'chart',
      name: 'expected-best',
      alt: `Expected best ${metric} after a number of configurations`,
      caption:
        'The best that so many of these configurations, in random order, would have given (dashed: 95 % by resampling). Where it is flat, more of the same brings little.',
      option: {
        grid: { left: 70, right: 24, top: 8, bottom: 48 },
        xAxis: valueAxis('configurations', { scale: false, min: 1 }),
        yAxis: valueAxis(metric, { nameGap: 50 }),
        series: [
          line(({ low }) => low, faint),
          line(({ high }) => high, faint),
          line(({ estimate }) => estimate, { lineStyle: { color: colour('accent'), width: 2 } }),
        ],
      },
      height: 260,
    },
  ]
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const facts = factsOf(snapshot)
  const metric = snapshot.spec.metric?.name
  if (metric === undefined || facts.winner === undefined || facts.second === undefined) return 'nothing to show'
  const outlook = outlookFacts(snapshot)
  const tried = counted(outlook.curve.at(-1)?.configurations ?? facts.ranking.rows.length, 'configuration')
  return [
    ...inWords(snapshot, outlook),
    ...chanceTable(snapshot, outlook),
    ...picture(metric, outlook),
    {
      kind: 'text',
      text: `From ${tried}. Chances are simulated from means with seed noise taken out; what is still to come rests on the tail of the latest half, as if the sampler went on as before.`,
    },
  ]
}

export const outlook = entry({
  summary: 'Who is truly best and how surely, and what more configurations would bring.',
  options: z.object({}),
  create: (): Section => ({ title: 'How sure it is, and what more would bring', render }),
})
