import type { Trial } from '../../trial/trial.ts'

/** Milliseconds of all attempts that have ended; undefined when there was none. */
export function runTime({ attempts }: Trial): number | undefined {
  let sum: number | undefined
  for (const { startedAt, endedAt, tookMs } of attempts) {
    if (endedAt !== undefined) sum = (sum ?? 0) + (tookMs ?? Math.max(0, endedAt - startedAt))
  }
  return sum
}
