// Key: N rows, C classes. A confusion table is C x C, row = true class, column = predicted class.
import { join } from 'node:path'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import type { TaskPredictions } from '../protocol/predictions.ts'
import { readPredictionsSync } from '../protocol/predictions-file.ts'
import { accuracy, argmaxRows, type ClassFigures, confusion, macroF1, perClass } from '../statistics/classification.ts'
import { meanOf, summarize } from '../statistics/summary.ts'
import type { ReportContext } from './block.ts'
import { factsOf } from './facts.ts'
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

/** Everything that the winner's files say of its tasks. */
export interface WinnerResults {
  readonly results: readonly TaskResult[]
  /** Prediction files that are there and cannot be used, in words. */
  readonly unreadable: readonly string[]
}

const known = new WeakMap<ReportContext, WinnerResults>()

/** Worked out from the winner's predictions, or else from its per-class tables; empty when it wrote neither. */
export function winnerResults(context: ReportContext): WinnerResults {
  const before = known.get(context)
  if (before !== undefined) return before
  const { winnerTrials } = factsOf(context.snapshot)
  const folders = winnerTrials.map((trial) => trialFolder(context.sweepDir, trial))
  const unreadable: string[] = []
  const predicted = fromPredictions(folders.flatMap((folder) => predictionsIn(folder, unreadable)))
  const answer = { results: predicted.length > 0 ? predicted : fromDetails(folders), unreadable }
  known.set(context, answer)
  return answer
}

function predictionsIn(folder: string, unreadable: string[]): TaskPredictions[] {
  try {
    return readPredictionsSync(join(folder, TRIAL_FILES.predictions))
  } catch (error) {
    // One broken file must not cost the person the report; the section says what is missing and why.
    unreadable.push(error instanceof Error ? error.message : String(error))
    return []
  }
}

function fromPredictions(all: readonly TaskPredictions[]): TaskResult[] {
  const groups = new Map<string, TaskPredictions[]>()
  for (const one of all) {
    // Trials that disagree in their classes do not have one table in common.
    const key = JSON.stringify([one.split, one.task, one.classes])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].map((same) => {
    const { split, task, classes } = same[0] as TaskPredictions
    const tables = same.map((of) => confusion(of.labels, argmaxRows(of.probabilities, classes.length), classes.length))
    return resultOf({ task, split }, classes, tables)
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

/** `details/<model>_<task>_per_class.csv` is of test, with `val_` in front of validation. */
function fromDetails(folders: readonly string[]): TaskResult[] {
  const names = [...new Set(folders.flatMap(detailNames))].filter((name) => name.endsWith(PER_CLASS))
  return names.flatMap((name): TaskResult[] => {
    const tables = folders
      .map((folder) => readRows(join(folder, TRIAL_FILES.details, name)))
      .filter((rows) => rows.length > 0)
      .map((rows) => new Map(rows.map((row) => [row.class ?? '', figuresOf(row)])))
    const classes = [...(tables[0]?.keys() ?? [])].map((of) =>
      meanClass(
        of,
        tables.flatMap((table) => table.get(of) ?? []),
      ),
    )
    const macro = summarize(tables.map((table) => meanOf([...table.values()].map(({ f1 }) => f1))))
    const id = { task: name.replace(/^val_/, '').slice(0, -PER_CLASS.length), split: splitOf(name) }
    if (tables.length === 0) return []
    return [{ ...id, seeds: tables.length, classes, macroF1: macro, accuracy: undefined, confusion: undefined }]
  })
}

/** Which split a file of `details/` is of. */
export function splitOf(name: string): 'val' | 'test' {
  return name.startsWith('val_') ? 'val' : 'test'
}

function figuresOf(row: Readonly<Record<string, string>>): ClassFigures {
  const number = (name: string) => Number.parseFloat(row[name] ?? '')
  return { precision: number('precision'), recall: number('recall'), f1: number('f1'), support: number('support') }
}
