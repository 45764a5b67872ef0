// Key: N rows, C classes of the task.
import type { TaskPredictions } from '../protocol/predictions.ts'
import { macroF1Of, predictionsOf } from './arithmetic.ts'
import type { Member } from './ensemble.ts'

/** A trial that may become a member. */
export interface PoolMember {
  readonly trial: number
  /** From the metadata of its weights; undefined when it has no weights file that says. */
  readonly trained?: boolean
  /** By task. */
  readonly validation: ReadonlyMap<string, TaskPredictions>
  readonly test?: ReadonlyMap<string, TaskPredictions>
}

/** Row numbers by task; tasks may be judged on different rows. */
export type Rows = ReadonlyMap<string, readonly number[]>

/** The part of some predictions that has these rows, in their order. */
export function rowsOf(predictions: TaskPredictions, rows: readonly number[]): TaskPredictions {
  const C = predictions.classes.length
  const probabilities = new Float32Array(rows.length * C)
  rows.forEach((row, n) => {
    probabilities.set(predictions.probabilities.subarray(row * C, (row + 1) * C), n * C)
  })
  const ids = rows.map((row) => predictions.ids[row] as string)
  const labels = Int32Array.from(rows, (row) => predictions.labels[row] as number)
  return { ...predictions, ids, labels, probabilities }
}

/** Mean over tasks of the task's macro-F1. */
export function overallMacroF1(predictions: ReadonlyMap<string, TaskPredictions>, tasks: readonly string[]): number {
  const figures = tasks.map((task) => {
    const of = predictions.get(task)
    return of ? macroF1Of(of.probabilities, of.labels, of.classes.length) : 0
  })
  return figures.reduce((sum, figure) => sum + figure, 0) / tasks.length
}

/** Every trial of the pool with only these validation rows, and its figure on them. */
export function membersOn(pool: readonly PoolMember[], rows: Rows): Member[] {
  const tasks = [...rows.keys()]
  return pool.map(({ trial, validation }) => {
    const whole: Member = { trial, value: 0, predictions: validation }
    const predictions = new Map(
      tasks.map((task) => [task, rowsOf(predictionsOf(whole, task), rows.get(task) as readonly number[])]),
    )
    return { trial, value: overallMacroF1(predictions, tasks), predictions }
  })
}

/** The best `top` members by their figure, the earlier trial between equals. */
export function best(members: readonly Member[], top: number): Member[] {
  return [...members].sort((a, b) => b.value - a.value || a.trial - b.trial).slice(0, top)
}
