import { counted, duration } from '../base/human-readable.ts'
import { rngFor } from '../base/rng.ts'
import type { AttemptEnd } from '../protocol/attempt-end.ts'
import { RETRY_DEFAULTS, type Retry, type RetryPolicy, type Shortage } from '../trial/retry.ts'
import type { Attempt, Trial } from '../trial/trial.ts'
import { changesOf } from './placement-wish.ts'
import { paramsOf } from './prepare-attempt.ts'
import { smallerParams } from './smaller-params.ts'
import type { SweepLoop } from './sweep-loop.ts'

/** No back-off is longer, in milliseconds: a night has not many of them. */
const LONGEST_REST_MS = 600_000
/** A rest is this share longer or shorter, so that trials that failed together do not come back together. */
const JITTER = 0.25

/** Ways to end badly, and where the policy has their number. */
const COUNTED = {
  crashed: 'crashed',
  'out-of-memory': 'outOfMemory',
  preempted: 'preempted',
  lost: 'lost',
  'timed-out': 'timedOut',
} as const satisfies Partial<Record<AttemptEnd, keyof RetryPolicy>>

/** As sweep files spell them. */
const KEYS: Readonly<Record<BadEnd, string>> = {
  crashed: 'crashed',
  'out-of-memory': 'out_of_memory',
  preempted: 'preempted',
  lost: 'lost',
  'timed-out': 'timed_out',
}

export type BadEnd = keyof typeof COUNTED

/** What follows an attempt that ended badly: another one, or the trial's failure and why there is no other, in words. */
export type Decision = { readonly retry: Retry } | { readonly refusal?: string }

/**
 * Whether the trial gets another attempt. Decided once, at the end of the one before, and kept in the journal: a sweep
 * that is taken up again does not decide anew.
 *
 * @param trial whose last attempt is the one that ended
 */
export function decideRetry(
  loop: SweepLoop,
  trial: Trial,
  { end, shortage }: { readonly end: BadEnd; readonly shortage?: Shortage },
): Decision {
  const policy = { ...RETRY_DEFAULTS, ...loop.spec.retry }
  const allowed = policy[COUNTED[end]]
  const granted = sinceFailure(trial.attempts.slice(0, -1)).filter(({ retry }) => retry !== undefined)
  const alike = granted.filter((attempt) => attempt.end === end).length
  if (alike >= allowed) return refusalOf(end, allowed, trial)
  const change =
    shortage === undefined ? changesOf(trial) : afterShortage(loop, trial, { shortage, first: alike === 0 })
  if (typeof change === 'string') return { refusal: change }
  const nth = granted.length + 1
  // A lost attempt shows no cause that would have to go away first: a machine that was started anew is ready.
  const afterMs = end === 'lost' && alike === 0 ? 0 : restMs(loop, trial, { nth, backoffMs: policy.backoffMs })
  return { retry: { nth, afterMs, ...change } }
}

function refusalOf(end: BadEnd, allowed: number, { attempts }: Trial): Decision {
  // Nobody who has asked for no retries needs to be told that there was none.
  if (allowed === 0) return {}
  const key = KEYS[end]
  return {
    refusal: `This was its attempt ${attempts.length}: retry.${key} allows ${counted(allowed, 'retry', 'retries')}.`,
  }
}

/** What a person gave another chance begins anew. */
export function sinceFailure(attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.slice(attempts.findLastIndex(({ failed }) => failed === true) + 1)
}

function restMs(
  { spec }: SweepLoop,
  { number, attempts }: Trial,
  { nth, backoffMs }: { readonly nth: number; readonly backoffMs: number },
): number {
  const jitter = 1 - JITTER + 2 * JITTER * rngFor(spec.sweepSeed, 'retry', number, attempts.length).uniform()
  return Math.round(Math.min(LONGEST_REST_MS, backoffMs * 2 ** (nth - 1) * jitter))
}

/** @returns what the next attempt gets instead, or why no other attempt would end better */
function afterShortage(
  loop: SweepLoop,
  trial: Trial,
  { shortage, first }: { readonly shortage: Shortage; readonly first: boolean },
): Pick<Retry, 'wants' | 'params'> | string {
  const now = changesOf(trial)
  const params = smallerParams(loop.spec.outOfMemory, paramsOf(loop, trial.number))
  if (params !== undefined) return { ...now, params: { ...now.params, ...params } }
  if (shortage.memory === 'heap') return 'This limit is the program’s own: on a larger machine it would end the same.'
  if (!shortage.alone) return { ...now, ...(shortage.memory === 'gpu' ? { wants: 'alone' } : {}) }
  if (shortage.memory === 'gpu' && hasLarger(loop, shortage)) return { ...now, wants: 'larger' }
  // What is not ours may have been in its way. A second time that is no longer likely.
  if (first) return { ...now, ...(shortage.memory === 'gpu' ? { wants: now.wants ?? 'alone' } : {}) }
  return shortage.memory === 'gpu'
    ? 'It was alone there, and no GPU of this sweep has more memory.'
    : 'No other trial of the sweep ran at that time.'
}

function hasLarger({ slots }: SweepLoop, { gpuBytes }: Shortage): boolean {
  if (gpuBytes === undefined) return false
  return slots.slots.some(({ gpus }) => gpus.length > 0 && gpus.every(({ gpu }) => gpu.memoryBytes > gpuBytes))
}

/** What follows, as a sentence of the attempt's reason. */
export function retryInWords({ nth, afterMs, wants, params }: Retry): string {
  const place = wants === undefined ? '' : wants === 'alone' ? ', alone on its GPU' : ', on a larger GPU'
  const changed = params === undefined ? '' : `, with ${paramsText(params)}`
  const when = afterMs === 0 ? '' : ` after ${duration(afterMs)}`
  return `Retry ${nth} follows${when}${place}${changed}.`
}

function paramsText(params: NonNullable<Retry['params']>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ')
}
