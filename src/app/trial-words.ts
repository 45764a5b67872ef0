import { UserError } from '../base/errors.ts'
import type { Retried } from './resume-change.ts'

/** `--retry failed`, `--retry 17`, `--retry 17,18`. @throws {UserError} TRIAL_NUMBER */
export function retriedOf(words: readonly string[]): Retried[] {
  return split(words).map((word) =>
    word === 'failed' || word === 'cancelled' ? word : numberIn(word, '--retry', 'failed, cancelled or '),
  )
}

/** `--skip 4`, `--skip 4,5`. @throws {UserError} TRIAL_NUMBER */
export function trialsOfWords(flag: string, words: readonly string[]): number[] {
  return split(words).map((word) => numberIn(word, flag, ''))
}

function split(words: readonly string[]): string[] {
  return words.flatMap((word) => word.split(',')).map((word) => word.trim())
}

function numberIn(word: string, flag: string, others: string): number {
  if (/^\d{1,15}$/.test(word)) return Number(word)
  throw new UserError(`${flag} is "${word}"; expected ${others}the number of a trial. Nothing was changed.`, {
    code: 'TRIAL_NUMBER',
    suggestions: ['sweep status', `${flag} 17`],
  })
}
