import { UserError } from '../base/errors.ts'
import type { TaskPredictions } from './predictions.ts'

/** Probabilities were rounded by whoever wrote them: six digits a class are enough. */
const SUM_TOLERANCE = 1e-3

/**
 * Hands back predictions that can be relied on.
 *
 * @param name of the file, for messages
 * @throws {UserError} PREDICTIONS_FILE when ids repeat, a probability is not in [0, 1], or a row does not sum to 1
 */
export function checkedPredictions(predictions: TaskPredictions, name: string): TaskPredictions {
  const { ids, classes, labels, probabilities } = predictions
  const C = classes.length
  const refuse = (reason: string): never => {
    throw new UserError(`${name}: ${reason} It was not used.`, { code: 'PREDICTIONS_FILE' })
  }
  if (new Set(classes).size !== C) refuse(`A class is there twice: ${classes.join(', ')}.`)
  if (labels.length !== ids.length || probabilities.length !== ids.length * C) {
    refuse(
      `${ids.length} ids, ${labels.length} labels and ${probabilities.length} probabilities of ${C} classes differ.`,
    )
  }
  const seen = new Set<string>()
  ids.forEach((id, n) => {
    if (seen.has(id)) refuse(`The id "${id}" is there twice (row ${n + 1}).`)
    seen.add(id)
    const row_C = probabilities.subarray(n * C, (n + 1) * C)
    const wrong = row_C.findIndex((p) => !(p >= 0 && p <= 1 + SUM_TOLERANCE))
    if (wrong >= 0) refuse(`Row ${n + 1} (id ${id}) gives ${classes[wrong]} the probability ${row_C[wrong]}.`)
    const sum = row_C.reduce((a, b) => a + b, 0)
    if (Math.abs(sum - 1) > SUM_TOLERANCE) refuse(`Row ${n + 1} (id ${id}) sums to ${sum.toFixed(4)} instead of 1.`)
    const label = labels[n] as number
    if (label < -1 || label >= C) refuse(`Row ${n + 1} (id ${id}) has label number ${label} of ${C} classes.`)
  })
  return predictions
}
