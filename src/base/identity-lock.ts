import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { EnvironmentError } from './errors.ts'
import { livenessOf, type ProcessIdentity, thisProcess } from './process-identity.ts'

/** What stands in a lock file. */
export interface LockRecord {
  /** Names this one locking for ever; no other lock file has or will have it. */
  readonly nonce: string
  /** The lock is held while one of these lives. The first one took it. */
  readonly holders: readonly [ProcessIdentity, ...ProcessIdentity[]]
  /** For people and for the owner of the lock's meaning, such as `gamma-grid.3`. */
  readonly about: string
}

export interface IdentityLock {
  readonly record: LockRecord
  /** Gives it up; does nothing when a person removed or replaced the file. May be called again. */
  release(): void
}

export interface AcquireOptions {
  /** @default '' */
  readonly about?: string
  /** Also survive a power cut; not needed for what a restart clears anyway. @default true */
  readonly durable?: boolean
}

/** `elsewhere`: a holder is on another host and none is known to live here; never taken over. */
export type LockState = 'alive' | 'dead' | 'elsewhere'

/**
 * Takes the lock file `path`, or tells who has it. Never waits, and never steals by a timer: only a lock whose holders
 * are all known to be dead is taken over.
 *
 * Safe against any number of takers at once: the file appears complete (`link` of a finished file, which is atomic on
 * NFS, too), and each dead lock has exactly one successor, because the successor's claim is a file named after the dead
 * lock's nonce. A claim counts only while the dead lock still stands, and it goes away only by replacing it.
 *
 * @throws {EnvironmentError} LOCK_UNREADABLE when the file is not one of ours
 */
export function acquireLock(path: string, options: AcquireOptions = {}): IdentityLock | { heldBy: LockRecord } {
  const nonce = randomBytes(12).toString('hex')
  const record: LockRecord = { nonce, holders: [thisProcess()], about: options.about ?? '' }
  const draft = `${path}.${nonce}.draft`
  try {
    writeDraft(draft, record, options.durable ?? true)
    for (;;) {
      if (publish(draft, path)) return heldLock(path, record)
      const chain = readChain(path)
      const last = chain.at(-1)
      if (last === undefined) continue
      if (stateOf(last) !== 'dead') return { heldBy: last }
      if (succeed(path, draft, last, nonce)) return heldLock(path, record)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** @returns who has the lock now, dead or alive; undefined when nobody has. */
export function lockHolder(path: string): LockRecord | undefined {
  return readChain(path).at(-1)
}

export function stateOf(record: LockRecord): LockState {
  const states = record.holders.map(livenessOf)
  if (states.includes('alive')) return 'alive'
  return states.includes('elsewhere') ? 'elsewhere' : 'dead'
}

function writeDraft(draft: string, record: LockRecord, durable: boolean): void {
  const fd = openSync(draft, 'wx', 0o644)
  try {
    writeFileSync(fd, `${JSON.stringify(record)}\n`)
    if (durable) fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Gives the finished draft its name, unless the name is taken. */
function publish(draft: string, name: string): boolean {
  const before = statSync(draft).nlink
  try {
    linkSync(draft, name)
    return true
  } catch (error) {
    // NFS may report a failure for a link that was made (its answer was lost); the link count knows.
    if (statSync(draft).nlink > before) return true
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EMLINK')
      return createWhole(draft, name)
    throw error
  }
}

/** For file systems without hard links (exFAT, some FUSE): complete soon after it appears instead of at once. */
function createWhole(draft: string, name: string): boolean {
  try {
    writeFileSync(name, readFileSync(draft), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const claimOn = (path: string, nonce: string) => `${path}.after-${nonce}`

/** @returns false when another taker was faster */
function succeed(path: string, draft: string, dead: LockRecord, nonce: string): boolean {
  const claim = claimOn(path, dead.nonce)
  if (!publish(draft, claim)) return false
  // The dead lock may have been replaced between reading it and claiming it: then this claim is on nothing.
  if (readChain(path).at(-1)?.nonce !== nonce) {
    rmSync(claim, { force: true })
    return false
  }
  renameSync(claim, path)
  removeSpentClaims(path)
  return true
}

/** Claims on locks that no longer stand: those of takers that died half-way. */
function removeSpentClaims(path: string): void {
  const prefix = `${basename(path)}.after-`
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix)) rmSync(`${dirname(path)}/${name}`, { force: true })
  }
}

/** The lock, its successor's claim, that one's successor's ...: the last one holds. Empty when there is no lock. */
function readChain(path: string): LockRecord[] {
  const chain: LockRecord[] = []
  let record = readRecord(path)
  while (record !== undefined) {
    chain.push(record)
    record = readRecord(claimOn(path, record.nonce))
  }
  return chain
}

function readRecord(path: string): LockRecord | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const record = JSON.parse(text) as LockRecord
    if (typeof record.nonce === 'string' && record.holders.every((h) => Number.isInteger(h.pid))) return record
  } catch {
    // Said below: not JSON, or not of this shape.
  }
  throw new EnvironmentError(
    `${path} is a lock file that cannot be read (${text.length} characters). Nothing was changed.`,
    {
      code: 'LOCK_UNREADABLE',
      suggestions: [`look whether another sweep process still uses that folder, then: rm '${path}'`],
    },
  )
}

function heldLock(path: string, record: LockRecord): IdentityLock {
  let released = false
  return {
    record,
    release: () => {
      if (released) return
      released = true
      if (readRecord(path)?.nonce === record.nonce) rmSync(path, { force: true })
    },
  }
}
