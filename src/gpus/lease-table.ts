import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { removeAbandoned } from '../base/abandoned-files.ts'
import { EnvironmentError } from '../base/errors.ts'
import { acquireLock, type IdentityLock } from '../base/identity-lock.ts'
import { madeFolder } from '../base/new-folder.ts'
import { livenessOf, type ProcessIdentity } from '../base/process-identity.ts'

// One table for the whole machine: which sweep has how much of which GPU or core. Every change is made under a lock
// held for less than a millisecond. A row counts while one of its holders lives; time never frees it.
//
// The folder is shared by all users. It has no sticky bit: in a folder that has one, nobody could replace the table
// that another user wrote, nor take over the lock of that user's dead process. Any user can break the table on purpose;
// none can make this program write elsewhere, because files are only ever made new (O_EXCL, O_NOFOLLOW) and renamed.

const identity = z.object({ host: z.string(), bootId: z.string(), pid: z.int(), startTime: z.string() })
const rowShape = z.object({
  /** Names this lease for ever. */
  id: z.string(),
  /** Which sweep, in a way that no other sweep of the machine has: its folder. */
  holder: z.string(),
  /** As that sweep calls it: `gpu0.1`. */
  slot: z.string(),
  /** Unit (a GPU's UUID, `core:3`) to the share of it, above 0 up to 1. */
  claims: z.record(z.string(), z.number().positive().max(1)),
  /** The orchestrator first, then whoever else keeps the slot busy. */
  holders: z.array(identity).min(1),
  /** Milliseconds since 1970. */
  since: z.number(),
  /** Bytes set aside on each GPU, by its UUID; absent = the share of it. */
  reserved: z.record(z.string(), z.number().nonnegative()).optional(),
  /** The most that its attempt was seen to have of one GPU so far, in bytes. */
  peakBytes: z.number().nonnegative().optional(),
  /** The row takes nothing: it asks to leave these GPUs free, because a large trial has waited long for them. */
  wants: z.array(z.string()).optional(),
  /** Memory of an attempt that has ended is still in use: nobody gets the slot, whoever held it. */
  quarantine: z.object({ note: z.string(), heldBy: z.array(identity) }).optional(),
})
const tableShape = z.object({ format: z.literal(1), rows: z.array(rowShape) })

/** One leased slot. */
export type LeaseRow = z.infer<typeof rowShape>

const TABLE = 'leases.json'
const LOCK = 'leases.lock'
const PATIENCE_MS = 5000

/** `SWEEP_LEASE_DIR`, or a folder that all users of the machine share. */
export function defaultLeaseDir(): string {
  return process.env.SWEEP_LEASE_DIR ?? join(tmpdir(), 'sweep-leases')
}

/** Rows whose holders are not all dead, without taking the lock: the table is replaced as a whole. */
export function livingLeases(leaseDir: string): LeaseRow[] {
  return readTable(leaseDir).filter(lives)
}

export function lives(row: LeaseRow): boolean {
  return [...row.holders, ...(row.quarantine?.heldBy ?? [])].some((holder) => livenessOf(holder) !== 'dead')
}

/**
 * Changes the table under its lock. `change` is given the living rows and returns the new ones, or undefined when
 * nothing is to change.
 *
 * @throws {EnvironmentError} LEASES_UNUSABLE, LEASES_BUSY
 */
export function changeLeases(leaseDir: string, change: (rows: readonly LeaseRow[]) => LeaseRow[] | undefined): void {
  prepareFolder(leaseDir)
  const lock = lockTable(leaseDir)
  try {
    const rows = change(livingLeases(leaseDir))
    if (rows !== undefined) writeTable(leaseDir, rows)
  } finally {
    lock.release()
  }
}

function prepareFolder(leaseDir: string): void {
  try {
    // The mask of this user must not lock the others out. Only a folder of our own making is opened up: in a shared
    // /tmp, a link that somebody put there meanwhile would have us open up whatever it leads to.
    if (!existsSync(leaseDir)) {
      mkdirSync(dirname(leaseDir), { recursive: true })
      if (madeFolder(leaseDir)) chmodSync(leaseDir, 0o777)
    }
    if (lstatSync(leaseDir).isDirectory()) {
      removeAbandoned(leaseDir)
      return
    }
  } catch (error) {
    throw unusable(leaseDir, error)
  }
  throw unusable(leaseDir, new Error('it is not a folder'))
}

function unusable(leaseDir: string, cause: unknown): EnvironmentError {
  const seen = cause instanceof Error ? cause.message : String(cause)
  return new EnvironmentError(`The folder of leases, ${leaseDir}, cannot be used: ${seen}. No trial was started.`, {
    code: 'LEASES_UNUSABLE',
    suggestions: [`ls -la '${leaseDir}'`, 'or another folder that all users share: --lease-dir, SWEEP_LEASE_DIR'],
    cause,
  })
}

function lockTable(leaseDir: string): IdentityLock {
  const path = join(leaseDir, LOCK)
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const lock = acquired(leaseDir, path)
    if (!('heldBy' in lock)) return lock
    if (performance.now() > deadline) throw busy(path, lock.heldBy.holders[0])
    // Held for less than a millisecond by whoever has it, so a timer of the event loop would be the longer wait.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  }
}

function acquired(leaseDir: string, path: string): ReturnType<typeof acquireLock> {
  try {
    return acquireLock(path, { about: 'leases', durable: false })
  } catch (error) {
    if (error instanceof EnvironmentError) throw error
    throw unusable(leaseDir, error)
  }
}

function busy(path: string, holder: ProcessIdentity): EnvironmentError {
  return new EnvironmentError(
    `The table of leases is locked by process ${holder.pid} on ${holder.host}, which has not let go for 5 s.`,
    { code: 'LEASES_BUSY', suggestions: [`look at it: ps -fp ${holder.pid}`, `its lock: ${path}`] },
  )
}

function readTable(leaseDir: string): LeaseRow[] {
  const path = join(leaseDir, TABLE)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unusable(leaseDir, error)
  }
  try {
    return tableShape.parse(JSON.parse(text)).rows
  } catch {
    throw unusable(leaseDir, new Error(`${TABLE} in it is not a table of leases that this release can read`))
  }
}

function writeTable(leaseDir: string, rows: readonly LeaseRow[]): void {
  const path = join(leaseDir, TABLE)
  // Named as others are that a killed writer leaves, so that it is removed like them.
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  try {
    const fd = openSync(draft, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o666)
    try {
      fchmodSync(fd, 0o666)
      const text = `${JSON.stringify({ format: 1, rows })}\n`
      if (writeSync(fd, text) !== Buffer.byteLength(text)) throw new Error('the disk is full')
    } finally {
      closeSync(fd)
    }
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw unusable(leaseDir, error)
  }
}
