import type { Params, ParamValue } from '../space/domain.ts'
import type { Attempt } from './trial.ts'

/**
 * What an attempt was given differently than its configuration says: `batch_size 8 instead of 16, alone on its GPU`.
 *
 * @param configured params of the trial, fixed ones included
 * @returns undefined when it was given what it should have
 */
export function givenInWords(
  { params = {}, wants }: Pick<Attempt, 'params' | 'wants'>,
  configured: Params,
): string | undefined {
  const parts = Object.entries(params).map(([name, value]) => {
    const before = configured[name]
    return before === undefined ? `${name} ${text(value)}` : `${name} ${text(value)} instead of ${text(before)}`
  })
  if (wants === 'alone') parts.push('alone on its GPU')
  if (wants === 'larger') parts.push('alone on a larger GPU')
  return parts.length === 0 ? undefined : parts.join(', ')
}

const text = (value: ParamValue) => (typeof value === 'string' ? value : JSON.stringify(value))

/** Why an attempt ended, in one line: the first sentence of its reason, and what the process said last. */
export function shortReason(reason: string): string {
  const [first = '', ...rest] = reason.split('\n')
  const said = rest.find((line) => line.startsWith('It said: '))?.slice('It said: '.length)
  const last = said ?? rest.findLast((line) => line.startsWith('  '))?.trim()
  return last === undefined || first.includes(last) ? first : `${first} ${last}`
}
