import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { meanOf } from '../../statistics/summary.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import {
  type CalibrationFigures,
  type ReliabilityBin,
  readCalibration,
  type TaskCalibration,
} from '../calibration-file.ts'
import { legend, valueAxis } from '../chart-style.ts'
import { factsOf } from '../facts.ts'
import { metricCell } from '../numbers.ts'
import { colour } from '../palette.ts'
import { cut } from '../params.ts'
import { trialFolder } from '../trial-files.ts'

/** One task of the winner's seeds. */
interface Calibrated {
  readonly task: string
  readonly seeds: readonly TaskCalibration[]
}

function calibratedTasks({ snapshot, sweepDir }: ReportContext): Calibrated[] {
  const files = factsOf(snapshot).winnerTrials.flatMap((trial) => readCalibration(trialFolder(sweepDir, trial)) ?? [])
  const names = [...new Set(files.flatMap(({ tasks }) => Object.keys(tasks)))]
  return names.map((task) => ({ task, seeds: files.flatMap(({ tasks }) => tasks[task] ?? []) }))
}

/** In how many of the seeds something is applied. */
function appliedText(seeds: readonly TaskCalibration[]): string {
  const part = (name: string, applied: number) =>
    applied === 0 ? `no ${name}` : applied === seeds.length ? name : `${name} in ${applied} of ${seeds.length}`
  const cooled = seeds.filter(({ temperature }) => temperature.applied).length
  const asked = seeds.some(({ bias }) => bias !== undefined)
  const biased = seeds.filter(({ bias }) => bias?.applied).length
  return [part('temperature', cooled), ...(asked ? [part('class biases', biased)] : [])].join(', ')
}

const FIGURES = ['logLoss', 'ece', 'macroF1'] as const

function changeTable(tasks: readonly Calibrated[]): Block {
  const rows = tasks.flatMap(({ task, seeds }) =>
    (['validation', 'test'] as const).flatMap((split): Cell[][] => {
      const changes = seeds.flatMap((of) => of[split] ?? [])
      if (changes.length === 0) return []
      const mean = (side: 'before' | 'after', name: (typeof FIGURES)[number]) =>
        metricCell(meanOf(changes.map((change) => change[side][name])))
      return [
        [
          task,
          split === 'validation' ? 'validation, out of fold' : 'test, shown once',
          ...FIGURES.flatMap((name) => [mean('before', name), mean('after', name)]),
          appliedText(seeds),
        ],
      ]
    }),
  )
  const columns = ['task', 'split', 'log loss before', 'after', 'ECE before', 'after', 'macro-F1 before', 'after']
  return {
    kind: 'table',
    caption: 'Before and after calibration; log loss and ECE: lower is better',
    columns: [...columns, 'applied'],
    rows,
  }
}

/** The seeds' bins together: each row counts once. */
function pooledBins(of: readonly CalibrationFigures[]): ReliabilityBin[] {
  const first = of[0]?.bins ?? []
  return first.map(({ from, to }, k) => {
    const filled = of.flatMap(({ bins }) => bins[k] ?? []).filter(({ rows }) => rows > 0)
    const rows = filled.reduce((sum, bin) => sum + bin.rows, 0)
    const mean = (name: 'confidence' | 'accuracy') =>
      rows === 0 ? null : filled.reduce((sum, bin) => sum + bin.rows * (bin[name] ?? 0), 0) / rows
    return { from, to, rows, confidence: mean('confidence'), accuracy: mean('accuracy') }
  })
}

function reliabilityPicture({ task, seeds }: Calibrated): Block {
  const series = (name: string, side: 'before' | 'after', tint: string) => {
    const bins = pooledBins(seeds.map(({ validation }) => validation[side])).filter(({ rows }) => rows > 0)
    const most = Math.max(1, ...bins.map(({ rows }) => rows))
    return {
      type: 'line',
      name,
      symbol: 'circle',
      lineStyle: { color: tint, width: 2 },
      itemStyle: { color: tint },
      // Area by rows: a point far off the line matters as much as it is large.
      data: bins.map(({ confidence, accuracy, rows }) => ({
        value: [confidence, accuracy],
        symbolSize: 5 + 17 * Math.sqrt(rows / most),
      })),
    }
  }
  const axis = (name: string) => valueAxis(name, { scale: false, min: 0, max: 1 })
  return {
    kind: 'chart',
    name: `reliability-${task.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 60)}`,
    alt: `Share of right labels of ${task} by confidence on validation, before and after calibration`,
    caption: `${cut(task, 40)}: how often a label is right, by how sure the model was. On the dashed line confidence is accuracy; below it the model is too sure. The larger a point, the more rows.`,
    option: {
      grid: { left: 56, right: 24, top: 32, bottom: 48 },
      legend: { ...legend(['before', 'after']), icon: 'circle' },
      xAxis: axis('confidence'),
      yAxis: axis('right'),
      series: [
        {
          type: 'line',
          name: 'ideal',
          symbol: 'none',
          lineStyle: { color: colour('muted'), type: 'dashed', width: 1 },
          data: [
            [0, 0],
            [1, 1],
          ],
        },
        series('before', 'before', colour('faint')),
        series('after', 'after', colour('accent')),
      ],
    },
    width: 520,
    height: 380,
  }
}

/** What was fitted and is not used, with the reason; once for equal words of several seeds. */
function notApplied({ task, seeds }: Calibrated): Block[] {
  const reasons = seeds.flatMap(({ temperature, bias }) => [
    ...(temperature.applied ? [] : [`temperature: ${temperature.reason}`]),
    ...(bias === undefined || bias.applied ? [] : [`class biases: ${bias.reason}`]),
  ])
  return [...new Set(reasons)].map((text): Block => ({ kind: 'note', level: 'info', text: `${task}, ${text}` }))
}

function render(context: ReportContext): Block[] | 'nothing to show' {
  const tasks = calibratedTasks(context)
  if (tasks.length === 0) return 'nothing to show'
  const seeds = Math.max(...tasks.map((of) => of.seeds.length))
  const text = `The winner’s ${counted(seeds, 'seed')}. Temperature changes how sure predictions are, class biases what they name; each is applied only where it helps on rows that it was not fitted on, and by sweep predict alone: the ranking is of uncalibrated figures.`
  return [{ kind: 'text', text }, changeTable(tasks), ...tasks.map(reliabilityPicture), ...tasks.flatMap(notApplied)]
}

export const calibration = entry({
  summary: 'Confidence before and after calibration: log loss, ECE, reliability pictures, and what is applied.',
  options: z.object({}),
  create: (): Section => ({ title: 'Calibration', render }),
})
