import { statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { syncFolder } from '../base/atomic-file.ts'
import type { Clock } from '../base/clock.ts'
import { BugError, EnvironmentError } from '../base/errors.ts'
import type { IdentityLock } from '../base/identity-lock.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { diskError } from './disk-error.ts'
import type { JournalEvent } from './event.ts'
import { encodeEvent } from './event-codec.ts'
import { applyEvent } from './fold.ts'
import { fileIn } from './folder.ts'
import type { Journal, NewEvent } from './journal.ts'
import { tailOf } from './read-journal.ts'
import { type FoldAt, writeSnapshot } from './snapshot-file.ts'
import { summarize, writeSummary } from './summary.ts'

/** Lines that nobody waits for reach the file within this many milliseconds. */
const FLUSH_MS = 50
/** The snapshot is rewritten when the journal has grown by this share since, so that its cost stays a share of appending. */
const SNAPSHOT_GROWTH = 0.5
const SNAPSHOT_LEAST_BYTES = 1 << 20
const SUMMARY_MS = 1000
/** A summary that took 20 ms to make is made again after a second at the earliest: at most 2 % of the time. */
const SUMMARY_SHARE = 0.02

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface WriterOptions {
  readonly dir: string
  readonly lock: IdentityLock
  readonly clock: Clock
  /** What stands in the journal already; the writer owns its fold from now on. */
  readonly start: FoldAt
  /** Bytes that snapshot.json stands for; 0 = there is none. */
  readonly snapshotAt: number
}

/**
 * The one writer of a journal. Lines wait in a queue; one pump at a time takes all that wait, writes them with one
 * call and, when somebody asked for `durable()`, syncs once for all who asked before the write began:
 *
 *   append -> queued -> (flush timer or durable) -> written -> synced -> waiters resolved
 */
export class JournalWriter implements Journal {
  readonly #dir: string
  readonly #lock: IdentityLock
  readonly #clock: Clock
  readonly #fold: FoldAt['fold']
  readonly #path: string
  #file: FileHandle | undefined
  #queue: string[] = []
  #waiters: Waiter[] = []
  #pumping = false
  #timer: NodeJS.Timeout | undefined
  #failure: unknown
  #closed = false
  #offset: number
  #snapshotAt: number
  #syncedAt = -1
  #summaryDue: number

  constructor({ dir, lock, clock, start, snapshotAt }: WriterOptions) {
    this.#dir = dir
    this.#lock = lock
    this.#clock = clock
    this.#fold = start.fold
    this.#offset = start.offset
    this.#snapshotAt = snapshotAt
    this.#summaryDue = clock.monotonic() + SUMMARY_MS
    this.#path = fileIn(dir, 'journal')
  }

  get snapshot(): SweepSnapshot {
    return this.#fold
  }

  append(event: NewEvent): void {
    this.#refuseAfterFailure()
    const stamped = { t: this.#clock.now(), ...event } as JournalEvent
    applyEvent(this.#fold, stamped)
    this.#queue.push(encodeEvent(stamped))
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#refuseAfterFailure()
      this.#waiters.push({ resolve, reject })
      this.#flush()
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    try {
      if (this.#failure === undefined) await this.durable()
      this.#closed = true
      // What was not remembered must not reach the snapshot either.
      if (this.#failure === undefined) this.#writeDerived(true)
    } finally {
      this.#closed = true
      clearTimeout(this.#timer)
      await this.#file?.close()
      this.#lock.release()
    }
  }

  #refuseAfterFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closed) throw new BugError(`${this.#path} is closed, but another event comes.`)
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#pumping) void this.#pump()
  }

  async #pump(): Promise<void> {
    let waiters: Waiter[] = []
    this.#pumping = true
    try {
      while (this.#queue.length > 0 || this.#waiters.length > 0) {
        waiters = this.#waiters
        this.#waiters = []
        await this.#write(waiters.length > 0)
        for (const { resolve } of waiters) resolve()
        if (this.#queue.length === 0) {
          await this.#checkPlace()
          this.#writeDerived(false)
        }
      }
    } catch (error) {
      this.#fail(error, waiters)
    } finally {
      // In the same turn as the last look at the queue: whoever comes later must find the pump free.
      this.#pumping = false
    }
  }

  async #write(sync: boolean): Promise<void> {
    const data = Buffer.from(this.#queue.join(''))
    this.#queue = []
    this.#file ??= await this.#open()
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await this.#file.write(data, done, data.length - done)
      done += bytesWritten
    }
    this.#offset += data.length
    if (sync && this.#syncedAt < this.#offset) {
      const upTo = this.#offset
      await this.#file.datasync()
      this.#syncedAt = upTo
    }
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#path, 'a')
    if (this.#offset === 0) syncFolder(this.#dir)
    return file
  }

  /** A folder that is removed or replaced under a running sweep takes what is appended with it, without an error. */
  async #checkPlace(): Promise<void> {
    if (this.#clock.monotonic() < this.#summaryDue) return
    const there = statSync(this.#path, { throwIfNoEntry: false })
    if (there?.ino === (await this.#file?.stat())?.ino) return
    throw new EnvironmentError(
      `${this.#path} was removed or replaced while the sweep was running. The sweep stops here; trials that still run go on, and their results are only in their own folders.`,
      { code: 'JOURNAL_UNWRITABLE', suggestions: [`put ${this.#dir} back from a copy, then sweep resume`] },
    )
  }

  #fail(error: unknown, waiters: readonly Waiter[]): void {
    const outcome =
      'The sweep stops here. Trials that still run go on without it; sweep resume takes them over, and nothing is lost.'
    this.#failure = diskError(error, this.#path, outcome)
    for (const { reject } of [...waiters, ...this.#waiters]) reject(this.#failure)
    this.#waiters = []
    this.#queue = []
  }

  /** Called only when everything appended is written, so that the fold is exactly the file's. */
  #writeDerived(last: boolean): void {
    const now = this.#clock.monotonic()
    try {
      if (last || now >= this.#summaryDue) {
        writeSummary(this.#dir, summarize(this.#fold, this.#offset))
        const cost = this.#clock.monotonic() - now
        this.#summaryDue = now + Math.max(SUMMARY_MS, cost / SUMMARY_SHARE)
      }
      const grown = this.#offset - this.#snapshotAt
      if (last ? grown > 0 : grown >= Math.max(SNAPSHOT_LEAST_BYTES, SNAPSHOT_GROWTH * this.#snapshotAt)) {
        writeSnapshot(this.#dir, { fold: this.#fold, offset: this.#offset, tail: tailOf(this.#path, this.#offset) })
        this.#snapshotAt = this.#offset
      }
    } catch {
      // Both files only save readers time and are checked against the journal before use. If the disk is full, the
      // next append says so.
    }
  }
}
