import { duration } from '../../base/human-readable.ts'

/** A trial between an attempt that ended badly and its retry. */
export interface RestShown {
  /** Which retry follows, 1 for the first. */
  readonly nth: number
  /** Milliseconds since 1970. */
  readonly dueAt: number
  /** It also waits until no other trial of the sweep is left. */
  readonly alone?: boolean
}

/** `waits 20 s before its 2nd retry` */
export function restText({ nth, dueAt, alone = false }: RestShown, now: number): string {
  const left = dueAt - now
  const retry = `its ${ordinal(nth)} retry`
  if (alone && left <= 0) return `waits for ${retry} until no other trial is left: the machine's memory was too small`
  return left > 0 ? `waits ${duration(left)} before ${retry}` : `waits for ${retry}`
}

function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14
  return `${n}${(teen ? undefined : ['th', 'st', 'nd', 'rd'][n % 10]) ?? 'th'}`
}
