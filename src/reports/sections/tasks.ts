import { join } from 'node:path'
import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { legend, nameAxis, valueAxis } from '../chart-style.ts'
import { factsOf } from '../facts.ts'
import { cellOf, countCell, metricCell, percent } from '../numbers.ts'
import { colour, seriesColour } from '../palette.ts'
import { cut } from '../params.ts'
import { type TaskResult, winnerResults } from '../task-results.ts'
import { readRows, trialFolder } from '../trial-files.ts'

const MOST_DRAWN = 12

function classBars({ task, classes }: TaskResult): Block {
  const shown = classes.slice(0, MOST_DRAWN)
  const measures = ['precision', 'recall', 'f1'] as const
  const names = ['precision', 'recall', 'F1']
  return {
    kind: 'chart',
    name: `per-class-${fileName(task)}`,
    alt: `Precision, recall and F1 of each class of ${task} on validation`,
    caption: `${task} on validation, mean over the winner’s seeds. A class whose bars are all low is not learnt; high precision with low recall means that it is predicted too seldom.`,
    option: {
      grid: { left: 48, right: 16, top: 32, bottom: 28 },
      legend: legend(names),
      xAxis: nameAxis(shown.map(({ name }) => cut(name, 18))),
      yAxis: valueAxis('', { scale: false, min: 0, max: 1 }),
      series: measures.map((measure, i) => ({
        type: 'bar',
        name: names[i],
        barMaxWidth: 34,
        barGap: '8%',
        itemStyle: { color: seriesColour(i) },
        label: {
          show: shown.length <= 6,
          position: 'top',
          fontSize: 11,
          color: colour('muted'),
          formatter: ({ value }: { value: number }) => value.toFixed(2),
        },
        data: shown.map((figures) => figures[measure]),
      })),
    },
    height: 260,
  }
}

function confusionPicture(result: TaskResult, table: Int32Array): Block[] {
  const size = result.classes.length
  if (size > MOST_DRAWN) return []
  const names = result.classes.map(({ name }) => cut(name, 18))
  const total = (row: number) => names.reduce((sum, _, column) => sum + (table[row * size + column] as number), 0)
  const cells = names.flatMap((_, row) =>
    names.map((_, column) => {
      const share = total(row) === 0 ? 0 : (table[row * size + column] as number) / total(row)
      // One colour, stronger with the share: readable in light and dark mode alike.
      const tint = row === column ? colour('accent') : colour('second')
      return { value: [column, row, share], itemStyle: { color: tint, opacity: 0.08 + 0.72 * share } }
    }),
  )
  return [
    {
      kind: 'chart',
      name: `confusion-${fileName(result.task)}`,
      alt: `Confusion table of ${result.task} on validation: share of each true class by predicted class`,
      caption: `${result.task} on validation: each row is a true class and adds up to 100 %. Blue: right; orange: taken for another class.`,
      option: {
        grid: { left: 130, right: 24, top: 30, bottom: 12 },
        xAxis: { ...nameAxis(names), position: 'top', axisLine: { show: false } },
        yAxis: { ...nameAxis(names, { inverse: true }), axisLine: { show: false } },
        series: [
          {
            type: 'heatmap',
            data: cells,
            itemStyle: { borderWidth: 3, borderColor: colour('surface') },
            label: {
              show: true,
              opacity: 1,
              color: colour('ink'),
              formatter: ({ value }: { value: [number, number, number] }) => percent(value[2]),
            },
          },
        ],
      },
      width: Math.min(960, 170 + 140 * size),
      height: 52 + 44 * size,
    },
  ]
}

function classTable({ task, split, classes, macroF1, accuracy, seeds }: TaskResult): Block {
  const spread = (sd: number): Cell => (Number.isFinite(sd) ? metricCell(sd) : '–')
  const support = classes.reduce((sum, of) => sum + of.support, 0)
  const mean = (pick: (of: TaskResult['classes'][number]) => number) =>
    classes.reduce((sum, of) => sum + pick(of), 0) / classes.length
  const rows = [
    ...classes.map((of): Cell[] => [
      of.name,
      metricCell(of.precision),
      metricCell(of.recall),
      metricCell(of.f1),
      spread(of.f1Sd),
      countCell(Math.round(of.support)),
      cellOf(of.support / support, percent(of.support / support)),
    ]),
    [
      'mean of classes (macro)',
      metricCell(mean((of) => of.precision)),
      metricCell(mean((of) => of.recall)),
      metricCell(macroF1.mean),
      spread(macroF1.sd),
      countCell(Math.round(support)),
      '',
    ] satisfies Cell[],
  ]
  const exact = accuracy === undefined ? '' : `; accuracy ${accuracy.mean.toFixed(4)}`
  const where = split === 'val' ? 'validation' : 'test, shown once'
  return {
    kind: 'table',
    caption: `${task}, ${where} (mean of ${counted(seeds, 'seed')}${exact})`,
    columns: ['class', 'precision', 'recall', 'F1', 'sd of F1', 'support', 'share'],
    rows,
  }
}

/** Task names come from data; file names must not. */
function fileName(task: string): string {
  return task.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 60)
}

/** Rows of each class in each split, as the trainer counted them. */
function splitCounts({ snapshot, sweepDir }: ReportContext): Block[] {
  const [trial] = factsOf(snapshot).winnerTrials
  const file = trial && join(trialFolder(sweepDir, trial), TRIAL_FILES.details, 'splits.csv')
  const rows = file === undefined ? [] : readRows(file)
  if (rows.length === 0) return []
  const columns = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => columns.map((name) => numberOrText(row[name] ?? '')))
  return [{ kind: 'table', caption: 'Rows of each class in each split, counted', columns, rows: cells, folded: true }]
}

const numberOrText = (text: string): Cell => (/^\d+$/.test(text) ? countCell(Number(text)) : text)

function render(context: ReportContext): Block[] | 'nothing to show' {
  const { results, unreadable } = winnerResults(context)
  const unread = unreadable.map(
    (text): Block => ({ kind: 'note', level: 'warn', text: `Predictions left out: ${text}` }),
  )
  if (results.length === 0) return unread.length > 0 ? unread : 'nothing to show'
  const tasks = [...new Set(results.map(({ task }) => task))]
  const { winnerTrials } = factsOf(context.snapshot)
  return [
    { kind: 'text', text: `The winner’s ${counted(winnerTrials.length, 'seed')}, measured from what they predicted.` },
    ...unread,
    ...splitCounts(context),
    ...tasks.flatMap((task): Block[] => {
      const val = results.find((result) => result.task === task && result.split === 'val')
      const test = results.find((result) => result.task === task && result.split === 'test')
      return [
        { kind: 'heading', level: 3, text: task },
        ...(val === undefined ? [] : [classTable(val), classBars(val)]),
        ...(val?.confusion === undefined ? [] : confusionPicture(val, val.confusion)),
        ...(test === undefined ? [] : [classTable(test)]),
      ]
    }),
  ]
}

export const tasks = entry({
  summary: 'Per task: aggregates, every class with its support, confusion table.',
  options: z.object({}),
  create: (): Section => ({ title: 'Tasks and classes', render }),
})
