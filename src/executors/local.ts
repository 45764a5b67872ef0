import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { BugError } from '../base/errors.ts'
import { bootId, livenessOf, type ProcessIdentity } from '../base/process-identity.ts'
import { entry } from '../base/registry.ts'
import type {
  AttemptRequest,
  AttemptStatus,
  Executor,
  ExecutorContext,
  Handle,
  OnOrchestratorDeath,
  SavedHandle,
  StopReason,
} from './executor.ts'
import { AdoptedAttempts, elsewhere, type LocalAttempt } from './local/adopted-attempts.ts'
import { AttemptRecord, attemptKey, RECORD_FILE } from './local/attempt-record.ts'
import { KeeperLanes } from './local/keeper-lanes.ts'
import { endLeftBehind } from './local/left-behind.ts'
import { oldKeepersLetGo } from './local/old-keepers.ts'
import { checkProgram, pathOf } from './local/program.ts'
import { lostStatus, recordedStatus } from './local/status-in-words.ts'

type SavedAttempt = { readonly trial: number; readonly attempt: number; readonly saved?: SavedHandle }

/** Until what a failing disk did not give is read again. */
const LOOK_AGAIN_MS = 1000

/**
 * Runs attempts as child processes of a keeper (local/keeper.ts), which outlives this orchestrator.
 * What the keeper tells over its channel is the fast way; attempts.ndjson says the same to whoever comes later.
 */
class LocalExecutor implements Executor {
  onChange: (() => void) | undefined
  readonly #sweepDir: string
  readonly #onDeath: OnOrchestratorDeath
  readonly #attempts = new WeakMap<Handle, LocalAttempt>()
  readonly #kept: KeeperLanes
  readonly #adopted: AdoptedAttempts
  /** Ends what short attempts of killed keepers have left; one after the other. */
  #lookingBehind: Promise<unknown> = Promise.resolve()
  /** Programs that were there, by folder, name and PATH. */
  readonly #checked = new Set<string>()

  constructor(context: ExecutorContext) {
    this.#sweepDir = resolve(context.sweepDir)
    this.#onDeath = context.onOrchestratorDeath ?? 'continue'
    const changed = () => this.onChange?.()
    this.#adopted = new AdoptedAttempts(this.#sweepDir, changed)
    this.#kept = new KeeperLanes({
      sweepDir: this.#sweepDir,
      program: context.keeperProgram,
      onDeath: this.#onDeath,
      adopted: this.#adopted,
      changed,
      killed: () => this.#lookBehind(),
    })
    // With no earlier keeper to wait for, ours may be on its way while the sweep makes its first trials.
    if (!existsSync(join(this.#sweepDir, RECORD_FILE))) this.#kept.prepare()
    else this.#lookBehind()
  }

  async start(request: AttemptRequest): Promise<Handle> {
    if (this.#kept.has(request))
      throw new BugError(`Attempt ${request.attempt} of trial ${request.trial} was started twice.`)
    this.#check(request)
    const { attempt, keeper } = await this.#kept.start(request)
    return this.#handle(attempt, keeper.identity)
  }

  async poll(handles: readonly Handle[]): Promise<AttemptStatus[]> {
    return handles.map((handle) => this.#attemptOf(handle).status ?? { state: 'running' })
  }

  canQueue(turn: string): boolean {
    // What a dead keeper left behind is in nobody's queue.
    return !this.#adopted.hasTurn(turn) && this.#kept.canQueue(turn)
  }

  /** Nothing of a keeper that is not ours waits for its turn. */
  recall(handle: Handle): void {
    this.#kept.recall(this.#attemptOf(handle))
  }

  stop(handle: Handle, reason: StopReason): void {
    const attempt = this.#attemptOf(handle)
    if (attempt.status?.state === 'ended' || this.#adopted.stop(attempt, reason)) return
    this.#kept.stop(attempt, reason)
  }

  kill(handle: Handle): void {
    const attempt = this.#attemptOf(handle)
    if (attempt.status?.state === 'ended' || this.#adopted.kill(attempt)) return
    this.#kept.kill(attempt)
  }

  async reattach(attempts: readonly SavedAttempt[]): Promise<(Handle | undefined)[]> {
    const record = new AttemptRecord(join(this.#sweepDir, RECORD_FILE), attempts)
    await oldKeepersLetGo(record, this.#kept.firstKeeper)
    return attempts.map((attempt) => this.#reattachOne(attempt, record))
  }

  async close(): Promise<void> {
    this.#adopted.close()
    await this.#kept.close()
    await this.#lookingBehind
  }

  #lookBehind(): void {
    this.#lookingBehind = this.#lookingBehind
      .then(() => endLeftBehind(this.#sweepDir))
      // A failing disk may give the record a moment later.
      .catch(() => setTimeout(() => this.#lookBehind(), LOOK_AGAIN_MS).unref())
  }

  /** A program that vanishes after the first trial is refused by the keeper, in the system's words. */
  #check(request: AttemptRequest): void {
    const key = [request.cwd, request.argv[0], pathOf(request)].join('\0')
    if (this.#checked.has(key)) return
    checkProgram(request)
    this.#checked.add(key)
  }

  #reattachOne({ trial, attempt, saved }: SavedAttempt, record: AttemptRecord): Handle | undefined {
    const found: LocalAttempt = { trial, attempt }
    const facts = record.facts(found)
    // What runs was started, whatever became of the record.
    if (Object.keys(facts).length === 0 && !this.#adopted.runs(found)) {
      const unmentioned = unmentionedStatus(saved, record)
      if (unmentioned === undefined) return undefined
      found.status = unmentioned
      return this.#handle(found)
    }
    const status = recordedStatus(facts)
    const keeper = record.keeperOf(facts)?.identity
    if (status === undefined) {
      this.#adopted.add(found, record)
      // Had its keeper lived, it would have ended it.
      if (this.#onDeath === 'stop' && (keeper === undefined || livenessOf(keeper) === 'dead')) {
        this.#adopted.stop(found, 'orphaned')
      }
    } else found.status = status
    return this.#handle(found, keeper, keeper !== undefined && livenessOf(keeper) === 'alive')
  }

  /** @param lives a dead keeper holds nothing, and its pid may be a stranger's by now */
  #handle(of: LocalAttempt, keeper?: ProcessIdentity, lives = true): Handle {
    const { trial, attempt } = of
    const handle: Handle =
      keeper === undefined
        ? { trial, attempt, saved: {} }
        : {
            trial,
            attempt,
            saved: { host: keeper.host, bootId: keeper.bootId, keeper: keeper.pid },
            ...(lives ? { keptBy: keeper.pid } : {}),
          }
    this.#attempts.set(handle, of)
    return handle
  }

  #attemptOf(handle: Handle): LocalAttempt {
    const attempt = this.#attempts.get(handle)
    if (attempt === undefined) throw new BugError(`Attempt ${attemptKey(handle)} has a handle of another executor.`)
    return attempt
  }
}

/** For an attempt that the record does not mention; undefined = it was never started. */
function unmentionedStatus(saved: SavedHandle | undefined, record: AttemptRecord): AttemptStatus | undefined {
  const far = record.keepers.find((keeper) => !keeper.orphaned && livenessOf(keeper.identity) === 'elsewhere')
  if (far !== undefined) return elsewhere(far.identity)
  // A power cut can take the newest lines with it, also the one that says who started it, but not its having run.
  const last = saved ?? record.keepers.at(-1)?.identity
  if (last?.host === hostname() && last.bootId !== bootId()) return lostStatus({}, 'the machine was restarted')
  return undefined
}

export const local = entry({
  summary: 'Child processes on this machine, each with a process group of its own.',
  options: z.object({}),
  create:
    () =>
    (context: ExecutorContext): Executor =>
      new LocalExecutor(context),
})
