import { UserError } from '../base/errors.ts'
import { durationIn } from '../config/fields.ts'
import type { Budget } from '../trial/control.ts'

const KEYS = ['trials', 'gpu_hours', 'wall_time']

/**
 * What `--budget trials=200 --budget wall_time=12h` says.
 *
 * @throws {UserError} BUDGET_UNREADABLE
 */
export function budgetOf(words: readonly string[]): Budget | undefined {
  if (words.length === 0) return undefined
  return Object.assign({}, ...words.flatMap((word) => word.split(',')).map(one))
}

function one(word: string): Budget {
  const [key = '', text = ''] = word.split('=').map((part) => part.trim())
  const amount = Number(text)
  const usable = text !== '' && amount > 0 && Number.isFinite(amount)
  if (key === 'trials' && usable && Number.isInteger(amount)) return { trials: amount }
  if (key === 'gpu_hours' && usable) return { gpuHours: amount }
  const wallMs = usable ? amount * 1000 : durationIn(text)
  if (key === 'wall_time' && wallMs !== undefined && wallMs > 0) return { wallMs }
  const wanted = KEYS.includes(key) ? `"${text}" is no amount of ${key}` : `there is no budget "${key}"`
  throw new UserError(`--budget ${word}: ${wanted}. Known: ${KEYS.join(', ')}. Nothing was changed.`, {
    code: 'BUDGET_UNREADABLE',
    suggestions: ['--budget trials=200', '--budget gpu_hours=12', '--budget wall_time=8h'],
  })
}
