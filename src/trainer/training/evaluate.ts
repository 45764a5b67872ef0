// Key: N rows, C classes of the task.
import {
  accuracy,
  argmaxRows,
  type ClassFigures,
  confusion,
  macroF1,
  perClass,
} from '../../statistics/classification.ts'
import { readNumber } from '../engine/read-number.ts'
import { dispose, tensor2d, tidy } from '../engine/tf.ts'
import type { Body } from '../model/body.ts'
import { logitsOf } from '../model/heads.ts'
import type { Weights } from '../model/parameters.ts'
import type { PlannedHead, TaskPlan } from './plan.ts'
import { labelledRows, taskLoss } from './task-loss.ts'

/** Logits of some rows, by task name; N x C, row-major. */
export type Logits = ReadonlyMap<string, Float32Array>

export interface TaskFigures {
  readonly macroF1: number
  readonly accuracy: number
  /** C, in the task's order. */
  readonly perClass: readonly ClassFigures[]
}

export interface Evaluation {
  /** Mean of the tasks' macro-F1: what trials are compared by. */
  readonly macroF1: number
  /** What training minimizes, without dropout. */
  readonly loss: number
  readonly tasks: ReadonlyMap<string, TaskFigures>
}

/** Fixed, so that the same weights give the same bits wherever they are evaluated. */
const ROWS_AT_A_TIME = 512

/** What the model says about `rows_N`, without dropout. */
export async function logitsOfRows(
  weights: Weights,
  of: { readonly body: Body; readonly plans: readonly PlannedHead[]; readonly rows_N: Int32Array },
): Promise<Logits> {
  const { body, plans, rows_N } = of
  const logits = new Map(plans.map((plan) => [plan.name, new Float32Array(rows_N.length * plan.classes.length)]))
  const order = cheapestFirst(rows_N, body)
  const size = body.evaluatesAtOnce ?? ROWS_AT_A_TIME
  for (let from = 0; from < order.length; from += size) {
    const places_B = order.subarray(from, from + size)
    const parts = tidy(() => {
      const x = body.batch(
        places_B.map((n) => rows_N[n] as number),
        { weights },
      )
      return plans.map((plan) => logitsOf(plan.head, weights, { x }))
    })
    for (const [t, plan] of plans.entries()) {
      const part_BC = (await parts[t]?.data()) as Float32Array
      const C = plan.classes.length
      const all = logits.get(plan.name)
      for (const [b, n] of places_B.entries()) all?.set(part_BC.subarray(b * C, (b + 1) * C), n * C)
    }
    dispose(parts)
  }
  return logits
}

/** Places in `rows_N`; rows that cost alike stand together, where a body says what they cost. */
function cheapestFirst(rows_N: Int32Array, { costs_N }: Body): Int32Array {
  const places = rows_N.map((_, n) => n)
  const costAt = (n: number) => costs_N?.[rows_N[n] as number] ?? 0
  return costs_N ? places.sort((a, b) => costAt(a) - costAt(b) || a - b) : places
}

/** Compares logits with the labels of the same rows. */
export async function evaluate(logits: Logits, plans: readonly TaskPlan[], rows_N: Int32Array): Promise<Evaluation> {
  const tasks = new Map<string, TaskFigures>()
  let loss = 0
  for (const plan of plans) {
    const values_NC = logits.get(plan.name) as Float32Array
    const labels_N = rows_N.map((row) => plan.labels_N[row] as number)
    const classes = plan.classes.length
    const table_CC = confusion(labels_N, argmaxRows(values_NC, classes), classes)
    tasks.set(plan.name, {
      macroF1: macroF1(table_CC, classes),
      accuracy: accuracy(table_CC, classes),
      perClass: perClass(table_CC, classes),
    })
    loss += plan.taskWeight * (await lossOf(values_NC, rows_N, plan))
  }
  const sum = [...tasks.values()].reduce((total, figures) => total + figures.macroF1, 0)
  return { macroF1: sum / tasks.size, loss, tasks }
}

function lossOf(values_NC: Float32Array, rows_N: Int32Array, plan: TaskPlan): Promise<number> {
  const loss = tidy(() => {
    const logits_NC = tensor2d(values_NC, [rows_N.length, plan.classes.length])
    const { parts } = plan
    return taskLoss(logits_NC, { parts, rows_B: rows_N, labelled: labelledRows(parts, [rows_N]) })
  })
  return readNumber(loss)
}

/** The figures under the names that are reported: `val/macro_f1`, `val/macro_f1.<task>`, `val/f1.<task>.<class>` ... */
export function metricsOf(split: 'val' | 'test', evaluation: Evaluation, plans: readonly TaskPlan[]) {
  const metrics: Record<string, number> = {
    [`${split}/macro_f1`]: evaluation.macroF1,
    [`${split}/loss`]: evaluation.loss,
  }
  for (const { name, classes } of plans) {
    const figures = evaluation.tasks.get(name)
    metrics[`${split}/macro_f1.${name}`] = figures?.macroF1 ?? Number.NaN
    metrics[`${split}/accuracy.${name}`] = figures?.accuracy ?? Number.NaN
    for (const [c, className] of classes.entries()) {
      metrics[`${split}/f1.${name}.${className}`] = figures?.perClass[c]?.f1 ?? Number.NaN
    }
  }
  return metrics
}

/** Softmax of each row, in float64: what predictions files hold. */
export function probabilitiesOf(logits_NC: Float32Array, classes: number): Float32Array {
  const probabilities_NC = new Float32Array(logits_NC.length)
  for (let from = 0; from < logits_NC.length; from += classes) {
    const row = logits_NC.subarray(from, from + classes)
    const largest = Math.max(...row)
    const weights = Array.from(row, (z) => Math.exp(z - largest))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (const [c, weight] of weights.entries()) probabilities_NC[from + c] = weight / total
  }
  return probabilities_NC
}
