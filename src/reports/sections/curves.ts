import { join } from 'node:path'
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import type { Trial } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { axisNumber, legend, valueAxis } from '../chart-style.ts'
import { curveShape } from '../curve-shape.ts'
import { configurationLabel, factsOf } from '../facts.ts'
import { cellOf, countCell, metricText } from '../numbers.ts'
import { colour, seriesColour } from '../palette.ts'
import { readRows, trialFolder } from '../trial-files.ts'

const MOST_FAINT = 60
const MOST_NAMED = 12

const points = (trial: Trial) => trial.curve.map(([step, value]) => [step, Number.isFinite(value) ? value : null])

function picture(winners: readonly Trial[], others: readonly Trial[], metric: string): Block {
  const names = winners.map(({ seed }) => `winner, seed ${seed}`)
  const faint = others.slice(0, MOST_FAINT).map((trial) => ({
    type: 'line',
    symbol: 'none',
    lineStyle: { color: colour('faint'), width: 1, opacity: 0.55 },
    data: points(trial),
    z: 1,
  }))
  const strong = winners.map((trial, i) => ({
    type: 'line',
    name: names[i],
    symbol: 'circle',
    symbolSize: 4,
    itemStyle: { color: seriesColour(i) },
    lineStyle: { color: seriesColour(i), width: 2.2 },
    data: points(trial),
    z: 3,
  }))
  const more = others.length > MOST_FAINT ? ` (${MOST_FAINT} of ${others.length} drawn)` : ''
  return {
    kind: 'chart',
    name: 'learning-curves',
    alt: `${metric} by step: the winner’s seeds in colour, all other trials in grey`,
    caption: `Colour: the winner’s seeds. Grey: all other trials${more}.`,
    option: {
      grid: { left: 64, right: 20, top: 34, bottom: 48 },
      legend: legend(names),
      xAxis: { ...valueAxis('step'), axisLabel: { color: colour('muted'), formatter: axisNumber } },
      yAxis: valueAxis(metric, { nameGap: 48 }),
      series: [...faint, ...strong],
    },
    height: 340,
  }
}

/** The winner's other validation figures by epoch, from `details/curve.csv` of its first seed. */
function otherCurves({ snapshot, sweepDir }: ReportContext, winner: Trial): Block[] {
  const rows = readRows(join(trialFolder(sweepDir, winner), TRIAL_FILES.details, 'curve.csv'))
  const metric = snapshot.spec.metric?.name ?? ''
  const names = Object.keys(rows[0] ?? {}).filter((name) => /^val\/(macro_f1|f1)\b/.test(name) && name !== metric)
  if (rows.length < 2 || names.length === 0) return []
  const shown = names.slice(0, MOST_NAMED)
  return [
    {
      kind: 'chart',
      name: 'task-curves',
      alt: `Tasks and classes by epoch, seed ${winner.seed} of the winner`,
      caption: `Tasks (thick) and classes (thin) by epoch, seed ${winner.seed} of the winner. A class that lags behind its task is where the next gain lies.`,
      option: {
        grid: { left: 64, right: 20, top: 34 + 22 * Math.floor(shown.join('      ').length / 130), bottom: 48 },
        legend: legend(shown.map(bare)),
        xAxis: { ...valueAxis('epoch'), axisLabel: { color: colour('muted'), formatter: axisNumber } },
        yAxis: valueAxis('', { nameGap: 48 }),
        series: shown.map((name, i) => ({
          type: 'line',
          name: bare(name),
          symbol: 'none',
          itemStyle: { color: seriesColour(i) },
          lineStyle: {
            color: seriesColour(i),
            width: name.includes('macro') ? 3 : 1.5,
            type: i < 6 ? 'solid' : 'dashed',
          },
          data: rows.map((row) => [Number(row.epoch), numberOrGap(row[name])]),
        })),
      },
      height: 320,
    },
  ]
}

const bare = (name: string) => name.replace(/^val\//, '')

function numberOrGap(text: string | undefined): number | null {
  const value = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : null
}

function curveCells(trial: Trial, goal: 'minimize' | 'maximize'): Cell[] {
  const shape = curveShape(trial.curve, goal)
  if (shape === undefined) return [`${trial.seed}`, `trial ${trial.number}`, '–', '–', '–', 'no finite value']
  return [
    `${trial.seed}`,
    `trial ${trial.number}`,
    countCell(shape.lastStep),
    countCell(shape.bestStep),
    cellOf(shape.best, metricText(shape.best)),
    shape.improving ? { tone: 'warn', text: 'still improving when it stopped' } : 'had levelled off',
  ]
}

function render(context: ReportContext): Block[] | 'nothing to show' {
  const { snapshot } = context
  const facts = factsOf(snapshot)
  const metric = snapshot.spec.metric
  const withCurve = snapshot.trials.filter(({ curve }) => curve.length > 1)
  if (metric === undefined || withCurve.length === 0) return 'nothing to show'
  const mine = new Set(facts.winnerTrials.map(({ number }) => number))
  const winners = facts.winnerTrials.filter(({ curve }) => curve.length > 1)
  const others = withCurve.filter(({ number }) => !mine.has(number))
  if (facts.winner === undefined || winners.length === 0) return [picture([], withCurve, metric.name)]
  const columns = ['seed', 'trial', 'stopped at step', 'best at step', `best ${metric.name}`, 'curve']
  const caption = `Where the seeds of ${configurationLabel(facts, facts.winner.configuration.number)} stopped and were best`
  return [
    picture(winners, others, metric.name),
    { kind: 'table', caption, columns, rows: winners.map((trial) => curveCells(trial, metric.goal)) },
    ...otherCurves(context, winners[0] as Trial),
  ]
}

export const curves = entry({
  summary: 'The metric by step: where it stopped, where it was best, whether it was still rising.',
  options: z.object({}),
  create: (): Section => ({ title: 'Learning curves', render }),
})
