import type { Remaining } from '../../app/eta.ts'
import { duration } from '../../base/human-readable.ts'

/** `about 40 s to 55 s left`; one figure when both ends read the same; nothing when there is no estimate. */
export function remainingText(remaining: Remaining | undefined): string | undefined {
  if (remaining === undefined) return undefined
  const low = duration(remaining.low)
  const high = duration(remaining.high)
  if (low === high) return `about ${low} left`
  return remaining.low < 500 ? `at most ${high} left` : `${low} to ${high} left`
}

/** `14:03:07`, local time. */
export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8)
}

/** `2026-11-23 14:03`, local time. */
export function dateTime(milliseconds: number): string {
  const date = new Date(milliseconds)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}
