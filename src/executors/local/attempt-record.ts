import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../../base/atomic-file.ts'
import { LineTail, parseObject } from '../../base/ndjson.ts'
import type { ProcessIdentity } from '../../base/process-identity.ts'
import type { StopReason } from '../executor.ts'

/** File in the sweep's folder; one line a step in the life of an attempt, so that a later orchestrator can tell. */
export const RECORD_FILE = 'attempts.ndjson'

/** Exit code or signal, as the operating system gave it; times in milliseconds. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
  /** Since 1970. */
  readonly at: number
  /** How long it lived; measured by a clock that never goes back. */
  readonly after: number
  /** Only when it did not end well: the system's refusal of a write into its folder just then, such as `ENOSPC`. */
  readonly disk?: string
  /** Who says that memory was short, when the kernel's out-of-memory killer ended it; a phrase. */
  readonly memory?: string
  /** It was killed, and the kernel's count of its out-of-memory killer says: not by that. */
  readonly notMemory?: true
  /** What a person should know of processes that it has left behind; a sentence. */
  readonly note?: string
}

/** `orphaned`: the orchestrator died, and the sweep file wants attempts to end then. */
export type StoppedBy = StopReason | 'orphaned'

/** pid and start time. */
export type Stray = readonly [number, string]

/** One step of one attempt. Every fold of the lines gives the same answer however often a line is repeated. */
export type AttemptStep =
  /** Written before the spawn: from here on nobody may say "never started". */
  | { readonly starting: { /** pid */ readonly keeper: number; readonly graceMs: number } }
  /** Written when it has lived for a moment: most of a trivial trial's time would go into asking who it is. */
  | { readonly started: ProcessIdentity; readonly at: number }
  /** Written when one is new: processes that have left the group, pid and start time of all. */
  | { readonly strays: readonly Stray[] }
  | { readonly stopping: StoppedBy }
  | { readonly ended: ProcessEnd }
  | { readonly refused: { readonly code: string; readonly message: string } }

export type AttemptLine = { readonly trial: number; readonly attempt: number } & AttemptStep

/** Lives of keepers: the orchestrator writes the first line before it sends a request, the keeper the second. */
export type KeeperLine = { readonly keeper: ProcessIdentity } | { readonly orphaned: ProcessIdentity }

/** What the record says of one attempt; all missing = never mentioned. */
export interface AttemptFacts {
  starting?: { readonly keeper: number; readonly graceMs: number }
  started?: ProcessIdentity
  startedAt?: number
  strays?: readonly Stray[]
  stopping?: StoppedBy
  ended?: ProcessEnd
  refused?: { readonly code: string; readonly message: string }
}

export function attemptKey(of: { readonly trial: number; readonly attempt: number }): string {
  return `${of.trial}.${of.attempt}`
}

/** Adds one step to what is known; the first `stopping` and the first `ended` win. */
export function addStep(facts: AttemptFacts, step: AttemptStep): void {
  if ('starting' in step) facts.starting = step.starting
  else if ('started' in step) {
    facts.started = step.started
    facts.startedAt = step.at
  } else if ('strays' in step) facts.strays = step.strays
  else if ('stopping' in step) facts.stopping ??= step.stopping
  else if ('ended' in step) facts.ended ??= step.ended
  else if ('refused' in step) facts.refused ??= step.refused
}

/**
 * Appends whole lines in one write each, so that several processes may append.
 * What could not be written (a full disk) is kept and tried again with the next line; the fold bears repeated lines.
 */
export class AttemptLog {
  readonly #path: string
  readonly #fd: number
  #pending = ''

  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, 'a+', 0o644)
    // A power cut may have left half a line, which must not swallow the next one.
    const { size } = fstatSync(this.#fd)
    const last = Buffer.alloc(1)
    if (size > 0 && readSync(this.#fd, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE) this.#pending = '\n'
  }

  /** For a line that the next one takes along, in the same write. */
  add(line: AttemptLine | KeeperLine): void {
    this.#pending += `${JSON.stringify(line)}\n`
  }

  /** @returns false when the line is only in memory yet */
  append(line: AttemptLine | KeeperLine): boolean {
    this.add(line)
    return this.flush()
  }

  flush(): boolean {
    if (this.#pending === '') return true
    try {
      const written = writeSync(this.#fd, this.#pending)
      // The half line that is now in the file must not swallow the next one.
      this.#pending = written === Buffer.byteLength(this.#pending) ? '' : `\n${this.#pending}`
    } catch {
      return false
    }
    return this.#pending === ''
  }

  /** Appends a line that must be in the file before its caller goes on. @returns false when it is not, nor will be */
  appendOrForget(line: AttemptLine | KeeperLine): boolean {
    const before = this.#pending
    if (this.append(line)) return true
    // Of the line itself at most a half is in the file, which the next newline ends.
    this.#pending = `\n${before}`
    return false
  }

  /** Makes the file and what was appended survive a power cut. @returns false when the disk refuses */
  sync(): boolean {
    try {
      fdatasyncSync(this.#fd)
      syncFolder(dirname(this.#path))
      return true
    } catch {
      return false
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

const NEWLINE = 10
const KEY = /^\{"trial":(\d+),"attempt":(\d+),/

/**
 * Reads the record for a few attempts; call {@link refresh} for what was added since.
 *
 * @throws the error of the system when the record cannot be read at first: nothing may be concluded from that
 */
export class AttemptRecord {
  readonly keepers: { readonly identity: ProcessIdentity; orphaned: boolean }[] = []
  /** By what is known of an attempt: who took it on. A later keeper may have the same pid, so it is looked up once. */
  readonly #keeperOf = new Map<AttemptFacts, ProcessIdentity>()
  readonly #tail: LineTail
  readonly #facts: Map<string, AttemptFacts>

  constructor(path: string, wanted: readonly { readonly trial: number; readonly attempt: number }[]) {
    this.#tail = new LineTail(path)
    this.#facts = new Map(wanted.map((attempt) => [attemptKey(attempt), {}]))
    this.#read()
  }

  facts(of: { readonly trial: number; readonly attempt: number }): AttemptFacts {
    return this.#facts.get(attemptKey(of)) ?? {}
  }

  /** The keeper that took this attempt on; undefined when the record does not name it. */
  keeperOf(facts: AttemptFacts): { readonly identity: ProcessIdentity } | undefined {
    const identity = this.#keeperOf.get(facts)
    return identity === undefined ? undefined : { identity }
  }

  /** What a failing disk does not give is read with the next refresh. */
  refresh(): void {
    try {
      this.#read()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
    }
  }

  #read(): void {
    for (let lines = this.#tail.read(); lines.length > 0; lines = this.#tail.read()) {
      for (const { text } of lines) this.#take(text)
    }
  }

  #take(text: string): void {
    // A record of 100,000 trials is read in a moment because only the lines asked for are parsed.
    const key = KEY.exec(text)
    const facts = key === null ? undefined : this.#facts.get(`${key[1]}.${key[2]}`)
    if (key !== null && facts === undefined) return
    const line = parseObject(text) as AttemptLine | KeeperLine | undefined
    if (line === undefined) return
    if ('keeper' in line) this.keepers.push({ identity: line.keeper, orphaned: false })
    else if ('orphaned' in line) this.#orphan(line.orphaned)
    else if (facts !== undefined) {
      addStep(facts, line)
      if ('starting' in line) this.#takenOn(facts, line.starting.keeper)
    }
  }

  /** A keeper's own line stands before those of its attempts: the newest of that pid so far is meant. */
  #takenOn(facts: AttemptFacts, pid: number): void {
    const keeper = this.keepers.findLast(({ identity }) => identity.pid === pid)
    if (keeper !== undefined) this.#keeperOf.set(facts, keeper.identity)
  }

  #orphan(identity: ProcessIdentity): void {
    for (const keeper of this.keepers) {
      if (keeper.identity.pid === identity.pid && keeper.identity.startTime === identity.startTime) {
        keeper.orphaned = true
      }
    }
  }
}
