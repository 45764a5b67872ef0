import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import type { TaskPredictions } from '../protocol/predictions.ts'
import type { PoolMember } from './pool.ts'

const NOTHING = 'No ensemble was built.'

/**
 * Refuses what cannot be averaged.
 *
 * @throws {UserError} ENSEMBLE_TOO_FEW, ENSEMBLE_UNTRAINED, ENSEMBLE_MISMATCH with the trials and the first difference
 */
export function checkPool(pool: readonly PoolMember[], tasks: readonly string[]): void {
  const [first, ...others] = [...pool].sort((a, b) => a.trial - b.trial)
  if (!first || others.length === 0) {
    throw new UserError(`An ensemble needs two trials with predictions; there is ${pool.length}. ${NOTHING}`, {
      code: 'ENSEMBLE_TOO_FEW',
    })
  }
  checkTrained(pool)
  const wrong = others.flatMap((other) => {
    const difference = firstDifference(first, other, tasks)
    return difference === undefined ? [] : [{ trial: other.trial, difference }]
  })
  const [shown] = wrong
  if (!shown) return
  const more =
    wrong.length > 1
      ? ` ${counted(wrong.length - 1, 'other trial differs', 'other trials differ')} too: ${wrong
          .slice(1)
          .map(({ trial }) => trial)
          .join(', ')}.`
      : ''
  throw new UserError(
    `Trials ${first.trial} and ${shown.trial} cannot be averaged: ${shown.difference}.${more} ${NOTHING}`,
    { code: 'ENSEMBLE_MISMATCH', suggestions: ['Choose trials that were made with the same data and the same split.'] },
  )
}

function checkTrained(pool: readonly PoolMember[]): void {
  const untrained = pool.filter(({ trained }) => trained === false).map(({ trial }) => trial)
  if (untrained.length === 0) return
  const which = untrained.length === 1 ? `trial ${untrained[0]}` : `trials ${untrained.join(', ')}`
  throw new UserError(
    `The weights of ${which} were never trained (their file does not say trained=true), so the predictions mean nothing. ${NOTHING}`,
    { code: 'ENSEMBLE_UNTRAINED' },
  )
}

function firstDifference(a: PoolMember, b: PoolMember, tasks: readonly string[]): string | undefined {
  if ((a.test === undefined) !== (b.test === undefined)) return 'only one of them has predictions for test'
  for (const task of tasks) {
    const difference =
      ofSplit(a.validation.get(task), b.validation.get(task)) ??
      (a.test && b.test ? ofSplit(a.test.get(task), b.test.get(task)) : undefined)
    if (difference !== undefined) return `${difference} of task ${task}`
  }
  return undefined
}

function ofSplit(a: TaskPredictions | undefined, b: TaskPredictions | undefined): string | undefined {
  if (!a || !b) return 'one of them lacks the predictions'
  const { split } = a
  if (a.classes.join('\n') !== b.classes.join('\n')) {
    return `the classes are ${a.classes.join(', ')} and ${b.classes.join(', ')} in ${split}`
  }
  if (a.ids.length !== b.ids.length) return `there are ${a.ids.length} and ${b.ids.length} rows in ${split}`
  const id = a.ids.findIndex((value, n) => value !== b.ids[n])
  if (id >= 0) return `row ${id + 1} is ${a.ids[id]} and ${b.ids[id]} in ${split}`
  const label = a.labels.findIndex((value, n) => value !== b.labels[n])
  if (label < 0) return undefined
  const name = (of: TaskPredictions) => of.classes[of.labels[label] as number] ?? 'not labelled'
  return `the label of ${a.ids[label]} is ${name(a)} and ${name(b)} in ${split}`
}
