// Key: N rows, C classes of the task.
import type { TaskPredictions } from '../protocol/predictions.ts'
import {
  applyCalibration,
  type Calibrated,
  type Calibration,
  fitCalibration,
  NO_CALIBRATION,
} from '../statistics/calibration.ts'
import type { EnsembleMethod } from './ensemble.ts'
import { rowsWhere } from './folds.ts'
import { best, membersOn, type PoolMember, type Rows } from './pool.ts'

/** What stays the same from fold to fold. */
export interface FoldPlan {
  readonly method: EnsembleMethod
  readonly pool: readonly PoolMember[]
  readonly tasks: readonly string[]
  readonly top: number
  /** Fold number by row id. */
  readonly foldOf: ReadonlyMap<string, number>
}

/** By task, N x C. */
export type Combined = ReadonlyMap<string, Float32Array>

/**
 * Predictions for every row of the given folds by ensembles that have not seen it: members and weights are chosen on
 * the other given folds.
 */
export function outOfFold(plan: FoldPlan, folds: readonly number[]): Combined {
  const { method, pool, tasks, top, foldOf } = plan
  const reference = validationOf(pool)
  const all = rowsWhere(reference, foldOf, (fold) => folds.includes(fold))
  const result = emptyFor(all, reference)
  for (const held of folds) {
    const others = rowsWhere(reference, foldOf, (fold) => fold !== held && folds.includes(fold))
    const inside = rowsWhere(reference, foldOf, (fold) => fold === held)
    const members = best(membersOn(pool, others), top)
    const fitted = method.fit(members, tasks)
    const applied = withRows(
      pool,
      members.map(({ trial }) => trial),
      inside,
    )
    for (const task of tasks) scatter(result, { task, rows: inside, all, part: fitted.combine(applied, task) })
  }
  return result
}

/** By task. */
export type CalibratedTasks = ReadonlyMap<string, Calibrated>

/**
 * The same with a calibration, by task and fold, that was fitted on predictions out of the remaining folds: neither
 * the row nor the selection behind what the calibration was fitted on has to do with it.
 */
export function calibratedOutOfFold(plan: FoldPlan, folds: readonly number[], plain: Combined): CalibratedTasks {
  const reference = validationOf(plan.pool)
  const all = rowsWhere(reference, plan.foldOf, (fold) => folds.includes(fold))
  const probabilities = emptyFor(all, reference)
  const named = new Map([...all].map(([task, rows]) => [task, new Int32Array(rows.length)]))
  for (const held of folds) {
    const remaining = folds.filter((fold) => fold !== held)
    const calibrations = calibrationsOf(plan, remaining, outOfFold(plan, remaining))
    const inside = rowsWhere(reference, plan.foldOf, (fold) => fold === held)
    for (const task of plan.tasks) {
      const C = reference.get(task)?.classes.length ?? 1
      const places = placesOf(all.get(task) ?? [], inside.get(task) ?? [])
      const part = applyCalibration(
        gather(plain.get(task) as Float32Array, C, places),
        calibrations.get(task) ?? NO_CALIBRATION(C),
      )
      scatter(probabilities, { task, rows: inside, all, part: part.probabilities_NC })
      for (const [n, place] of places.entries()) named.get(task)?.set([part.named_N[n] as number], place)
    }
  }
  return new Map(
    plan.tasks.map((task) => [
      task,
      {
        probabilities_NC: probabilities.get(task) ?? new Float32Array(),
        named_N: named.get(task) ?? new Int32Array(),
      },
    ]),
  )
}

/** @param combined of exactly the rows of `folds` */
export function calibrationsOf(plan: FoldPlan, folds: readonly number[], combined: Combined): Map<string, Calibration> {
  const reference = validationOf(plan.pool)
  const rows = rowsWhere(reference, plan.foldOf, (fold) => folds.includes(fold))
  return new Map(
    plan.tasks.map((task) => {
      const { labels, classes } = reference.get(task) as TaskPredictions
      const labels_N = Int32Array.from(rows.get(task) ?? [], (row) => labels[row] as number)
      const probabilities_NC = combined.get(task) as Float32Array
      return [task, fitCalibration({ probabilities_NC, labels_N, classes: classes.length }, true)]
    }),
  )
}

function validationOf(pool: readonly PoolMember[]): ReadonlyMap<string, TaskPredictions> {
  return (pool[0] as PoolMember).validation
}

/** The named trials, in the order named, with these rows. */
function withRows(pool: readonly PoolMember[], trials: readonly number[], rows: Rows) {
  const chosen = trials.map((trial) => pool.find((one) => one.trial === trial) as PoolMember)
  return membersOn(chosen, rows)
}

function emptyFor(rows: Rows, reference: ReadonlyMap<string, TaskPredictions>): Map<string, Float32Array> {
  return new Map(
    [...rows].map(([task, of]) => [task, new Float32Array(of.length * (reference.get(task)?.classes.length ?? 1))]),
  )
}

/** Places of `rows` inside `all`; both ascend. */
function placesOf(all: readonly number[], rows: readonly number[]): number[] {
  const placeOf = new Map(all.map((row, place) => [row, place]))
  return rows.map((row) => placeOf.get(row) as number)
}

function gather(values_NC: Float32Array, C: number, places: readonly number[]): Float32Array {
  const part = new Float32Array(places.length * C)
  places.forEach((place, n) => {
    part.set(values_NC.subarray(place * C, (place + 1) * C), n * C)
  })
  return part
}

function scatter(
  into: ReadonlyMap<string, Float32Array>,
  { task, rows, all, part }: { task: string; rows: Rows; all: Rows; part: Float32Array },
): void {
  const places = placesOf(all.get(task) ?? [], rows.get(task) ?? [])
  const C = places.length === 0 ? 0 : part.length / places.length
  places.forEach((place, n) => {
    into.get(task)?.set(part.subarray(n * C, (n + 1) * C), place * C)
  })
}
