import { hostname } from 'node:os'
import { join } from 'node:path'
import { bootId, livenessOf, type ProcessIdentity } from '../../base/process-identity.ts'
import { VARIABLE } from '../../protocol/attempt-environment.ts'
import type { AttemptStatus } from '../executor.ts'
import {
  type AttemptFacts,
  AttemptLog,
  type AttemptRecord,
  attemptKey,
  RECORD_FILE,
  type StoppedBy,
} from './attempt-record.ts'
import { AttemptTree } from './attempt-tree.ts'
import { endTree } from './end-tree.ts'
import { findGroupByEnvironment, startTimeOfChild } from './process-group.ts'
import { ProcessLooks } from './process-looks.ts'
import { lostStatus, recordedStatus, strayNote } from './status-in-words.ts'

/** An attempt as the executor keeps it; `status` is what `poll` answers, undefined = running. */
export interface LocalAttempt {
  readonly trial: number
  readonly attempt: number
  readonly turn?: string
  status?: AttemptStatus
}

interface Adopted {
  readonly of: LocalAttempt
  readonly facts: AttemptFacts
  readonly record: AttemptRecord
  /** We are to end it. */
  wanted: boolean
  /** Once we have to look after its processes or to end them. */
  tree?: AttemptTree
  ending?: Promise<void>
  /** All its processes have gone, but for what is said in `note`. */
  gone?: true
  note?: string
}

/** Milliseconds between two looks. Only attempts of an earlier start, or of a killed keeper, are looked after like this. */
const LOOK_MS = 100
/** Processes of an attempt get this long to follow their main process, before they are told to. */
const SETTLE_MS = 100
/** Milliseconds between two looks for processes that leave their attempt's group. */
const LOOK_AROUND_MS = 15_000

/**
 * Looks after running attempts whose keeper is not ours. While that keeper lives, its lines in the record tell the end;
 * when it is dead, the processes are watched by identity, and an attempt that vanishes without a record is lost.
 */
export class AdoptedAttempts {
  readonly #sweepDir: string
  readonly #changed: () => void
  readonly #adopted = new Map<LocalAttempt, Adopted>()
  readonly #looks: ProcessLooks
  #timer: NodeJS.Timeout | undefined
  #lookedAround = 0

  constructor(sweepDir: string, changed: () => void) {
    this.#sweepDir = sweepDir
    this.#looks = new ProcessLooks(sweepDir)
    this.#changed = changed
  }

  add(of: LocalAttempt, record: AttemptRecord): void {
    this.#adopted.set(of, { of, record, facts: record.facts(of), wanted: false })
    this.#look(this.#adopted.get(of) as Adopted)
    if (this.#adopted.size > 0) this.#timer ??= setInterval(() => this.#lookAtAll(), LOOK_MS)
  }

  /** Whether a process of an attempt runs that the record does not mention. */
  runs(of: LocalAttempt): boolean {
    return this.#findStarted(of) !== undefined
  }

  /** Whether one of these runs where the next attempt of the turn would. */
  hasTurn(turn: string): boolean {
    return [...this.#adopted.keys()].some((attempt) => attempt.turn === turn)
  }

  /** @returns false when it is not one of these */
  stop(of: LocalAttempt, reason: StoppedBy): boolean {
    const it = this.#adopted.get(of)
    if (it === undefined) return false
    it.wanted = true
    if (it.facts.stopping === undefined) {
      it.facts.stopping = reason
      const log = new AttemptLog(join(this.#sweepDir, RECORD_FILE))
      log.append({ trial: of.trial, attempt: of.attempt, stopping: reason })
      log.close()
    }
    this.#look(it)
    return true
  }

  /** @returns false when it is not one of these */
  kill(of: LocalAttempt): boolean {
    const it = this.#adopted.get(of)
    if (it !== undefined) this.#treeOf(it)?.signal('SIGKILL')
    return it !== undefined
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#adopted.clear()
  }

  #lookAtAll(): void {
    for (const record of new Set([...this.#adopted.values()].map((it) => it.record))) record.refresh()
    const before = this.#adopted.size
    this.#lookAround()
    for (const it of [...this.#adopted.values()]) this.#look(it)
    if (this.#adopted.size === 0) this.close()
    if (this.#adopted.size < before) this.#changed()
  }

  #look(it: Adopted): void {
    const status = this.#statusOf(it)
    if (status === undefined) delete it.of.status
    else it.of.status = status
    if (status?.state === 'ended') this.#adopted.delete(it.of)
    else if (it.wanted) this.#end(it)
  }

  #statusOf(it: Adopted): AttemptStatus | undefined {
    const { facts, record } = it
    const recorded = recordedStatus(facts)
    if (recorded !== undefined) return recorded
    const keeper = record.keeperOf(facts)?.identity
    const liveness = keeper === undefined ? 'dead' : livenessOf(keeper)
    if (liveness === 'alive') return undefined
    if (keeper !== undefined && liveness === 'elsewhere') return elsewhere(keeper)
    // Dead: what it wrote last may be newer than our last look.
    record.refresh()
    return recordedStatus(facts) ?? this.#statusWithoutKeeper(it, keeper)
  }

  #statusWithoutKeeper(it: Adopted, keeper: ProcessIdentity | undefined): AttemptStatus | undefined {
    const { facts } = it
    if (keeper !== undefined && keeper.bootId !== bootId()) return lostStatus(facts, 'the machine was restarted')
    const started = facts.started ?? this.#findStarted(it.of)
    if (started === undefined) return lostStatus(facts, 'its keeper was killed while starting it')
    facts.started = started
    this.#treeOf(it)
    if (facts.stopping !== undefined) it.wanted = true
    if (it.gone) return lostStatus(facts, 'it ended after its keeper was killed, so nobody saw how', it.note)
    if (livenessOf(started) !== 'alive') this.#end(it, SETTLE_MS)
    return undefined
  }

  /** @returns undefined while its process is not named yet */
  #treeOf(it: Adopted): AttemptTree | undefined {
    const { started } = it.facts
    if (it.tree !== undefined || started === undefined) return it.tree
    it.tree = new AttemptTree(attemptKey(it.of), started.pid, started.startTime)
    it.tree.remember(it.facts.strays ?? [])
    it.tree.see(this.#looks.recent())
    return it.tree
  }

  #lookAround(): void {
    const trees = [...this.#adopted.values()].flatMap(({ tree }) => tree ?? [])
    if (trees.length === 0 || performance.now() - this.#lookedAround < LOOK_AROUND_MS) return
    this.#lookedAround = performance.now()
    for (const tree of trees) tree.see(this.#looks.recent())
  }

  /** For a keeper that died between the spawn and the line about it. */
  #findStarted(of: LocalAttempt): ProcessIdentity | undefined {
    const pid = findGroupByEnvironment({
      [VARIABLE.trial]: (value) => value === String(of.trial),
      [VARIABLE.attempt]: (value) => value === String(of.attempt),
      [VARIABLE.trialDir]: (value) => value.startsWith(`${this.#sweepDir}/`),
    })
    return pid === undefined ? undefined : { host: hostname(), bootId: bootId(), pid, startTime: startTimeOfChild(pid) }
  }

  /** @param settleMs for one whose first process has ended by itself */
  #end(it: Adopted, settleMs?: number): void {
    const tree = this.#treeOf(it)
    if (tree === undefined) return
    it.ending ??= endTree({
      tree,
      looks: this.#looks,
      graceMs: it.facts.starting?.graceMs ?? 0,
      ...(settleMs === undefined ? {} : { settleMs }),
    }).then(() => {
      const note = strayNote([], tree.untouchable())
      it.gone = true
      if (note !== undefined) it.note = note
    })
  }
}

export function elsewhere(keeper: ProcessIdentity): AttemptStatus {
  return { state: 'unknown', reason: `it was started on ${keeper.host}, where this machine cannot look` }
}
