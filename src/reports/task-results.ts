// Key: N rows, C classes. A confusion table is C x C, row = true class, column = predicted class.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { accuracy, argmaxRows, type ClassFigures, confusion, macroF1, perClass } from '../statistics/classification.ts'
import { summarize } from '../statistics/summary.ts'
import type { Trial } from '../trial/trial.ts'
import type { ReportContext } from './block.ts'
import { factsOf } from './facts.ts'
import { readTaskPredictions } from './read-task-predictions.ts'
import { detailNames, readRows, trialFolder } from './trial-files.ts'

export interface MeanAndSpread {
  readonly mean: number
  readonly sd: number
}

export interface ClassResult extends ClassFigures {
  readonly name: string
  /** Between the winner's seeds. */
  readonly f1Sd: number
}

/** How the winner does one task on one split, averaged over its seeds. */
export interface TaskResult {
  readonly task: string
  readonly split: 'val' | 'test'
  readonly seeds: number
  readonly classes: readonly ClassResult[]
  readonly macroF1: MeanAndSpread
  /** Undefined when only the per-class figures were written. */
  readonly accuracy: MeanAndSpread | undefined
  /** Summed over seeds; undefined when the trials left no predictions. */
  readonly confusion: Int32Array | undefined
}

const known = new WeakMap<ReportContext, readonly TaskResult[]>()

/** Worked out from the winner's predictions, or else from its per-class tables; empty when it wrote neither. */
export function taskResults(context: ReportContext): readonly TaskResult[] {
  const before = known.get(context)
  if (before !== undefined) return before
  const { winnerTrials } = factsOf(context.snapshot)
  const folders = winnerTrials.map((trial: Trial) => trialFolder(context.sweepDir, trial))
  const predicted = fromPredictions(folders)
  const results = predicted.length > 0 ? predicted : fromDetails(folders)
  known.set(context, results)
  return results
}

function predictionNames(folder: string): string[] {
  try {
    return readdirSync(join(folder, TRIAL_FILES.predictions)).filter((name) => /^(val|test)\..+\.csv$/.test(name))
  } catch {
    return []
  }
}

function fromPredictions(folders: readonly string[]): TaskResult[] {
  const names = [...new Set(folders.flatMap(predictionNames))].sort()
  return names.flatMap((name) => {
    const all = folders.flatMap((folder) => readTaskPredictions(join(folder, TRIAL_FILES.predictions, name)) ?? [])
    const classes = all[0]?.classes ?? []
    // Trials that disagree in their classes are not one task; the first one's are shown.
    const same = all.filter((of) => of.classes.join('\n') === classes.join('\n'))
    const tables = same.map((of) =>
      confusion(of.labels, argmaxRows(of.probabilities, of.classes.length), of.classes.length),
    )
    const [, split, task] = /^(val|test)\.(.+)\.csv$/.exec(name) ?? []
    if (tables.length === 0 || task === undefined) return []
    return [resultOf({ task, split: split === 'test' ? 'test' : 'val' }, classes, tables)]
  })
}

function resultOf(
  id: { readonly task: string; readonly split: 'val' | 'test' },
  classes: readonly string[],
  tables: readonly Int32Array[],
): TaskResult {
  const size = classes.length
  const bySeed = tables.map((table) => perClass(table, size))
  const sum_CC = new Int32Array(size * size)
  for (const table of tables)
    table.forEach((count, cell) => {
      sum_CC[cell] = (sum_CC[cell] as number) + count
    })
  return {
    ...id,
    seeds: tables.length,
    classes: classes.map((name, c) =>
      meanClass(
        name,
        bySeed.map((figures) => figures[c] as ClassFigures),
      ),
    ),
    macroF1: summarize(tables.map((table) => macroF1(table, size))),
    accuracy: summarize(tables.map((table) => accuracy(table, size))),
    confusion: sum_CC,
  }
}

function meanClass(name: string, seeds: readonly ClassFigures[]): ClassResult {
  const of = (key: keyof ClassFigures) => summarize(seeds.map((figures) => figures[key]))
  const f1 = of('f1')
  const means = { precision: of('precision').mean, recall: of('recall').mean, f1: f1.mean, support: of('support').mean }
  return { name, ...means, f1Sd: f1.sd }
}

const PER_CLASS = '_per_class.csv'

/** `details/<model>_<task>_per_class.csv`, one split only: what it is of is taken to be validation. */
function fromDetails(folders: readonly string[]): TaskResult[] {
  const names = [...new Set(folders.flatMap(detailNames))].filter((name) => name.endsWith(PER_CLASS))
  return names.flatMap((name): TaskResult[] => {
    const tables = folders
      .map((folder) => readRows(join(folder, TRIAL_FILES.details, name)))
      .filter((t) => t.length > 0)
    const classes = (tables[0] ?? []).map((row) => row.class ?? '')
    const figures = tables.map((rows) => new Map(rows.map((row) => [row.class ?? '', figuresOf(row)])))
    const results = classes.map((of) =>
      meanClass(
        of,
        figures.flatMap((table) => table.get(of) ?? []),
      ),
    )
    const macro = summarize(figures.map((table) => summarize([...table.values()].map(({ f1 }) => f1)).mean))
    const task = name.slice(0, -PER_CLASS.length)
    if (tables.length === 0) return []
    return [
      {
        task,
        split: 'val',
        seeds: tables.length,
        classes: results,
        macroF1: macro,
        accuracy: undefined,
        confusion: undefined,
      },
    ]
  })
}

function figuresOf(row: Readonly<Record<string, string>>): ClassFigures {
  const number = (name: string) => Number.parseFloat(row[name] ?? '')
  return { precision: number('precision'), recall: number('recall'), f1: number('f1'), support: number('support') }
}
