import type { SweepSnapshot } from '../trial/trial.ts'
import type { JournalEvent } from './event.ts'

/** A journal event before the writer stamps the time. */
export type NewEvent = JournalEvent extends infer E ? (E extends { t: number } ? Omit<E, 't'> : never) : never

/**
 * The memory of one sweep, open for writing. There is one writer at a time: `journal/` gives out this object only
 * with the folder's lock held.
 *
 * `append` folds the event into `snapshot` at once and queues the line; lines reach the disk in the order appended.
 * `durable()` resolves when everything appended before it is fsynced; many callers share one fsync.
 * After an append or sync error (a full disk) every later call throws the same EnvironmentError: nothing may be
 * decided that cannot be remembered.
 */
export interface Journal {
  readonly snapshot: SweepSnapshot
  append(event: NewEvent): void
  durable(): Promise<void>
  /** Writes what is queued, the snapshot files, and gives up the lock. */
  close(): Promise<void>
}
