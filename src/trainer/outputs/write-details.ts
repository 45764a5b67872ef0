// Key: N rows of one split, C classes.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { toCsv } from '../../protocol/csv.ts'
import type { TaskPredictions } from '../../protocol/predictions.ts'
import { argmaxRows, confusion, perClass } from '../../statistics/classification.ts'

/** Begins the file names that the reports of run-1 used: `<model>_<task>_per_class.csv`. */
const MODEL = 'text-classifier'

type Table = (string | number)[][]

/**
 * Writes what a single figure hides, of one split: figures of every class, confusion tables, and for each ordered
 * pair of tasks how well the one is told when the other truly is a class. Validation files carry `val_` in front,
 * test files nothing.
 */
export function writeDetails(folder: string, predictions: readonly TaskPredictions[]): void {
  mkdirSync(folder, { recursive: true })
  const write = (split: string, name: string, table: Table) => {
    writeFileAtomic(join(folder, `${split === 'test' ? '' : `${split}_`}${name}.csv`), toCsv(table), { durable: false })
  }
  for (const one of predictions) {
    write(one.split, `${MODEL}_${one.task}_per_class`, perClassTable(one))
    write(one.split, `${MODEL}_${one.task}_confusion`, confusionTable(one))
    for (const given of predictions) {
      if (given.task === one.task || given.split !== one.split) continue
      write(one.split, `${one.task}_given_${given.task}`, crossTable(one, given))
    }
  }
}

const rounded = (value: number) => value.toFixed(4)

function perClassTable(of: TaskPredictions): Table {
  const C = of.classes.length
  const table_CC = confusion(of.labels, argmaxRows(of.probabilities, C), C)
  const figures = perClass(table_CC, C).map((one, c) => {
    return [of.classes[c] as string, rounded(one.precision), rounded(one.recall), rounded(one.f1), one.support]
  })
  return [['class', 'precision', 'recall', 'f1', 'support'], ...figures]
}

/** Row = true class, column = predicted class. */
function confusionTable(of: TaskPredictions): Table {
  const C = of.classes.length
  const table_CC = confusion(of.labels, argmaxRows(of.probabilities, C), C)
  return [['true', ...of.classes], ...of.classes.map((name, c) => [name, ...table_CC.slice(c * C, (c + 1) * C)])]
}

/** For the rows whose true class of `given` is G: how often each class of `of` is true, predicted, and found. */
function crossTable(of: TaskPredictions, given: TaskPredictions): Table {
  const C = of.classes.length
  const predicted_N = argmaxRows(of.probabilities, C)
  const rows = given.classes.flatMap((givenClass, g) => {
    const inside_N = of.labels.map((label, n) => (given.labels[n] === g ? label : -1))
    const figures = perClass(confusion(inside_N, predicted_N, C), C)
    return figures.map((one, c) => {
      const predicted = inside_N.reduce((sum, label, n) => sum + (label >= 0 && predicted_N[n] === c ? 1 : 0), 0)
      const counts = [one.support, predicted]
      return [
        givenClass,
        of.classes[c] as string,
        ...counts,
        rounded(one.precision),
        rounded(one.recall),
        rounded(one.f1),
      ]
    })
  })
  return [[given.task, of.task, 'support', 'predicted', 'precision', 'recall', 'f1'], ...rows]
}
