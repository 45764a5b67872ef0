import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { legend, nameAxis, roomForNames, valueAxis } from '../chart-style.ts'
import { chosenMethod, type EnsembleFile, type EnsembleMethodResult, readEnsemble } from '../ensemble-file.ts'
import { ensembleVerdict } from '../ensemble-verdict.ts'
import { cellOf, metricCell, signed } from '../numbers.ts'
import { colour } from '../palette.ts'
import { cut } from '../params.ts'

interface Line {
  readonly name: string
  readonly inSample: number
  readonly honest?: number
  readonly optimism?: number
  readonly test?: number | undefined
  readonly members: string
}

/** Methods best first by honest estimate, then what they have to beat. */
function linesOf({ methods, single }: EnsembleFile): Line[] {
  const best = { ...single.best, name: 'best single trial', members: `trial ${single.best.trial}` }
  const mean = { name: 'mean single trial', inSample: single.mean.validation, test: single.mean.test, members: '–' }
  const sorted = [...methods].sort((a, b) => b.honest - a.honest)
  return [...sorted.map((of) => ({ ...of, name: of.method, members: of.members.join(', ') })), best, mean]
}

function headline(ensemble: EnsembleFile): Block[] {
  const verdict = ensembleVerdict(ensemble)
  return verdict === undefined ? [] : [{ kind: 'note', level: verdict.gain ? 'good' : 'info', text: verdict.text }]
}

function picture(lines: readonly Line[]): Block {
  const names = lines.map(({ name }) => cut(name, 30))
  const dots = (pick: (line: Line) => number | undefined) =>
    lines.flatMap((line, i) => {
      const value = pick(line)
      return value === undefined ? [] : [[value, i]]
    })
  const series = (name: string, symbol: string, tint: string, data: readonly (readonly number[])[]) => ({
    type: 'scatter',
    name,
    symbol,
    symbolSize: 11,
    itemStyle: { color: tint },
    data: data.map((dot) => [...dot]),
  })
  return {
    kind: 'chart',
    name: 'ensemble',
    alt: 'Macro-F1 of each ensemble method and of single seeds: in sample, honest and on test',
    caption:
      'Grey: on the rows that were chosen on (too good). Blue: honest estimate. Green diamond: test, shown once.',
    option: {
      grid: { left: roomForNames(names), right: 24, top: 32, bottom: 48 },
      legend: { ...legend(['in sample', 'honest', 'test']), icon: 'circle' },
      xAxis: valueAxis('macro-F1, mean over tasks'),
      yAxis: nameAxis(names, { inverse: true, splitLine: { show: true, lineStyle: { color: colour('line') } } }),
      series: [
        series(
          'in sample',
          'circle',
          colour('faint'),
          dots(({ inSample }) => inSample),
        ),
        series(
          'test',
          'diamond',
          colour('third'),
          dots(({ test }) => test),
        ),
        series(
          'honest',
          'circle',
          colour('accent'),
          dots(({ honest }) => honest),
        ),
      ],
    },
    height: 84 + 28 * lines.length,
  }
}

function methodTable(lines: readonly Line[], chosen: string): Block {
  const rows = lines.map((line): Cell[] => [
    line.name === chosen ? `${line.name} (chosen)` : line.name,
    metricCell(line.inSample),
    metricCell(line.honest),
    line.optimism === undefined ? '–' : cellOf(line.optimism, signed(line.optimism)),
    metricCell(line.test),
    cut(line.members, 60),
  ])
  const columns = ['method', 'in sample', 'honest', 'optimism', 'test', 'members']
  return {
    kind: 'table',
    caption: 'Macro-F1, mean over tasks',
    columns,
    rows,
    stressed: lines.findIndex((l) => l.name === chosen),
  }
}

function calibrationTable({ tasks }: EnsembleMethodResult): Block {
  const rows = Object.entries(tasks).flatMap(([task, { temperature, applied, calibration }]) =>
    (['validation', 'test'] as const).flatMap((split): Cell[][] => {
      const change = calibration[split]
      if (change === undefined) return []
      const { before, after } = change
      const better = after.logLoss <= before.logLoss
      return [
        [
          task,
          split,
          metricCell(temperature),
          metricCell(before.logLoss),
          metricCell(after.logLoss),
          metricCell(before.ece),
          metricCell(after.ece),
          metricCell(before.macroF1),
          metricCell(after.macroF1),
          applied?.temperature === false && !applied.bias
            ? 'not applied: it does not help'
            : better
              ? { tone: 'good', text: applied?.bias ? 'better, with class biases' : 'better' }
              : { tone: 'warn', text: 'worse than none' },
        ],
      ]
    }),
  )
  const columns = [
    'task',
    'split',
    'temperature',
    'log loss before',
    'after',
    'ECE before',
    'after',
    'macro-F1 before',
    'after',
    'calibration is',
  ]
  return {
    kind: 'table',
    caption: 'Calibration of the chosen method, on validation out of fold; log loss and ECE: lower is better',
    columns,
    rows,
  }
}

function weightTable({ members, tasks }: EnsembleMethodResult): Block[] {
  const weighed = Object.entries(tasks).filter(([, { weights }]) => weights !== undefined)
  if (weighed.length === 0) return []
  const rows = members.map((trial, m): Cell[] => [
    `trial ${trial}`,
    ...weighed.map(([, { weights }]) => metricCell(weights?.[m])),
  ])
  const columns = ['member', ...weighed.map(([task]) => task)]
  return [{ kind: 'table', caption: 'Weight of each member by task', columns, rows, folded: true }]
}

function render({ ensemble: content }: ReportContext): Block[] | 'nothing to show' {
  if (content === undefined) return 'nothing to show'
  const ensemble = readEnsemble(content)
  const chosen = ensemble && chosenMethod(ensemble)
  if (ensemble === undefined || chosen === undefined) {
    const text = 'ensemble.json is there but not in a form that this release knows. Build it again: sweep ensemble'
    return [{ kind: 'note', level: 'warn', text }]
  }
  const lines = linesOf(ensemble)
  const made = `Chosen from ${counted(ensemble.pool.length, 'trial')} by validation only, ${counted(ensemble.folds, 'fold')} of ${counted(ensemble.rows.validation, 'row')}. Honest: members, weights and temperature are chosen on the other folds. Optimism: how much better the rows that were chosen on look.`
  return [
    ...headline(ensemble),
    picture(lines),
    methodTable(lines, ensemble.chosen),
    calibrationTable(chosen),
    ...weightTable(chosen),
    { kind: 'text', text: made },
  ]
}

export const ensemble = entry({
  summary: 'Each ensemble method against the best single trial and the mean single trial.',
  options: z.object({}),
  create: (): Section => ({ title: 'Ensemble', render }),
})
