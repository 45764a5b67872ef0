import { type Rng, rngFor } from '../../src/base/rng.ts'
import type { PoolMember } from '../../src/ensembles/pool.ts'
import type { TaskPredictions } from '../../src/protocol/predictions.ts'
import { scaled } from '../../src/statistics/temperature.ts'

export const CLASSES = ['red', 'green', 'blue'] as const

/** Labels that follow the probabilities: the calibrated case. */
function drawn(row_C: ArrayLike<number>, rng: Rng): number {
  let left = rng.uniform()
  for (let c = 0; c < row_C.length; c++) {
    left -= row_C[c] as number
    if (left < 0) return c
  }
  return row_C.length - 1
}

/** N x 3 probabilities from normal logits of spread 1.5. */
export function someProbabilities(rows: number, rng: Rng): Float32Array {
  const exponentials = Float32Array.from({ length: rows * CLASSES.length }, () => Math.exp(1.5 * rng.normal()))
  for (let n = 0; n < rows; n++) {
    const row_C = exponentials.subarray(n * CLASSES.length, (n + 1) * CLASSES.length)
    const sum = row_C.reduce((total, value) => total + value, 0)
    for (let c = 0; c < CLASSES.length; c++) row_C[c] = (row_C[c] as number) / sum
  }
  return exponentials
}

export function labelsFor(probabilities_NC: Float32Array, rng: Rng): Int32Array {
  return Int32Array.from({ length: probabilities_NC.length / CLASSES.length }, (_, n) => {
    return drawn(probabilities_NC.subarray(n * CLASSES.length, (n + 1) * CLASSES.length), rng)
  })
}

/** Trials that see the truth through noise of their own, and are too sure of themselves. */
export function aPool(options: {
  trials: number
  rows?: number
  noise?: (trial: number) => number
  seed?: number
}): PoolMember[] {
  const { trials, rows = 120, noise = () => 1, seed = 1 } = options
  const splits = (['val', 'test'] as const).map((split) => {
    return ['colour', 'shade'].map((task) => {
      const truth_NC = someProbabilities(rows, rngFor(seed, split, task))
      return { split, task, truth_NC, labels: labelsFor(truth_NC, rngFor(seed, split, task, 'labels')) }
    })
  })
  return Array.from({ length: trials }, (_, trial) => {
    const [validation, test] = splits.map((tasks) => {
      return new Map(
        tasks.map(({ split, task, truth_NC, labels }): [string, TaskPredictions] => {
          const rng = rngFor(seed, split, task, 'trial', trial)
          const noisy = truth_NC.map((p) => p * Math.exp(noise(trial) * rng.normal()))
          const probabilities = scaled(normalised(noisy), CLASSES.length, 0.4)
          const ids = Array.from({ length: rows }, (_, n) => `${split}-${n}`)
          return [task, { task, split, classes: CLASSES, ids, labels, probabilities }]
        }),
      )
    })
    return { trial, validation: validation ?? new Map(), ...(test && { test }) }
  })
}

function normalised(values_NC: Float32Array): Float32Array {
  return values_NC.map((value, i) => {
    const start = i - (i % CLASSES.length)
    return value / values_NC.subarray(start, start + CLASSES.length).reduce((sum, other) => sum + other, 0)
  })
}
