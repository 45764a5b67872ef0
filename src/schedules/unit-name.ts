import { createHash } from 'node:crypto'
import type { TimerName } from './installer.ts'

/** `sweep-nightly-1f3a9c02`: two projects may have a schedule of the same name. */
export function unitName({ name, folder }: TimerName): string {
  return `sweep-${name}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`
}
