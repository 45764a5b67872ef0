import type { AttemptEnd } from '../protocol/attempt-end.ts'
import type { Reports } from '../protocol/report-reader.ts'

/** Cores of its own: places in the list of those that this process may use; after the last comes the first. */
export interface CoreShare {
  readonly first: number
  readonly count: number
}

/** One attempt to be run. Paths are absolute. */
export interface AttemptRequest {
  readonly sweepId: string
  readonly trial: number
  readonly attempt: number
  /** Program and arguments; never a shell string. Empty for the inline executor. */
  readonly argv: readonly string[]
  readonly cwd: string
  /** What its environment has in common with others: one object for many attempts, so that it is compared once. */
  readonly sharedEnv?: Readonly<Record<string, string>>
  /** The rest of its environment; wins over `sharedEnv`. */
  readonly env: Readonly<Record<string, string>>
  /** The trial's folder; exists already. */
  readonly trialDir: string
  readonly stdout: string
  readonly stderr: string
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** Added to our own nice value. @default 0 */
  readonly nice?: number
  /** Absent = it may use all cores. Where processes cannot be kept on cores, it has no effect. */
  readonly cores?: CoreShare
  /** Attempts with the same turn run one after the other, as they were started; for executors that have `canQueue`. */
  readonly turn?: string
}

/** What finds the attempt again after a restart of the orchestrator. Plain JSON; kept in the journal. */
export type SavedHandle = Readonly<Record<string, unknown>>

/** One attempt that was started, as the loop holds it. Compared by identity: keep the object. */
export interface Handle {
  readonly trial: number
  readonly attempt: number
  readonly saved: SavedHandle
  /** A process that lives at least as long as the attempt, also without the orchestrator; it holds the slot, too. */
  readonly keptBy?: number
}

/** What is known of an attempt right now. `ended` is final and counts for its whole process group. */
export type AttemptStatus =
  | { readonly state: 'running' }
  /** Cannot be told right now. Unknown is not failed. */
  | { readonly state: 'unknown'; readonly reason: string }
  | {
      readonly state: 'ended'
      readonly end: AttemptEnd
      readonly exitCode?: number
      readonly signal?: string
      /** In words, without the log lines (the orchestrator adds those): a phrase, no capital, no full stop. */
      readonly reason?: string
      /** Milliseconds since 1970, when known. */
      readonly endedAt?: number
      /** Milliseconds that its process lived, when known. */
      readonly lived?: number
      /** What a person should know of processes that it has left behind; a sentence. */
      readonly note?: string
      /** Only with `out-of-memory`: which memory was short. */
      readonly memory?: 'gpu' | 'host'
      /** Only with `crashed`: why the machine is to blame and not the trial, such as `the disk was full`. A phrase. */
      readonly machine?: string
    }

/** `stop`: the person or a pruner wants it gone. `time-limit`: it ran too long. Becomes the attempt's end. */
export type StopReason = 'stop' | 'time-limit'

/**
 * Where attempts run. One object serves one orchestrator.
 *
 * - `start` is called once per (trial, attempt). It resolves when the attempt runs or will surely run, and rejects with
 *   a TrialFailure when it cannot (no such program), or an EnvironmentError when no attempt could.
 *   The same (trial, attempt) is never run twice, also when a crash hit between two lines.
 * - `poll` answers for all handles at once, in their order; called often, so it must be cheap. An end is reported only
 *   when the whole process group has gone.
 * - `recall`, for executors that have `canQueue`: takes an attempt back that still waits for its turn, which then shows
 *   in `poll` as `stopped`; one that has begun simply runs on. Returns at once. Idempotent.
 * - `stop` returns at once; the end shows in `poll`. The whole process group gets SIGTERM, `graceMs`, SIGKILL. Idempotent.
 * - `reattach` finds attempts that an earlier orchestrator started, by (trial, attempt) and what it saved; an answer for
 *   each, in order: a handle (running, or ended with its end known to `poll`), or undefined = it was never started.
 * - `close` lets go without stopping anything.
 *
 * `onChange` is called whenever a poll would answer something new, so that the loop need not wait for its next tick.
 * The smallest example is `inline.ts`.
 */
export interface Executor {
  onChange: (() => void) | undefined
  /**
   * Whether an attempt may be started now that has to wait for its turn: a slot then has its next attempts at hand and
   * does not wait for us between two. Absent = turns are not heeded.
   */
  canQueue?(turn: string): boolean
  start(request: AttemptRequest): Promise<Handle>
  poll(handles: readonly Handle[]): Promise<AttemptStatus[]>
  recall?(handle: Handle): void
  stop(handle: Handle, reason: StopReason): void
  /** After `stop`: ends what is left of the grace period, SIGKILL to the whole process group now. Idempotent. */
  kill?(handle: Handle): void
  reattach(
    attempts: readonly { readonly trial: number; readonly attempt: number; readonly saved?: SavedHandle }[],
  ): Promise<(Handle | undefined)[]>
  /**
   * For executors whose attempts write no files: what the attempt says that is about to start. Nothing is then read from
   * folders of trials, and none are made. Absent = the files of the trial's folder.
   */
  reports?(attempt: { readonly trial: number; readonly attempt: number }): Reports
  /** Attempts that have said something since the last question. Absent = all are looked at from time to time. */
  heard?(): readonly Handle[]
  close(): Promise<void>
}

/** What becomes of running attempts when the orchestrator dies: adopted by the next one, or ended, which run again then. */
export type OnOrchestratorDeath = 'continue' | 'stop'

/** What an executor's `create` is given by app/, beside the options of the sweep file. */
export interface ExecutorContext {
  /** The sweep's folder under runs/. */
  readonly sweepDir: string
  /** The in-process objective, for the inline executor. */
  readonly objective?: Objective
  /** Name of the sweep's metric, for objectives that return a bare number. */
  readonly metric?: string
  /** @default 'continue' */
  readonly onOrchestratorDeath?: OnOrchestratorDeath
  /** The keeper of the local executor. @default dist/keeper.cjs of this package; tests from source bring their own */
  readonly keeperProgram?: string
}

/** An in-process trainer: reports through `report`, returns its final metrics. */
export type Objective = (context: {
  readonly params: Readonly<Record<string, unknown>>
  readonly seed: number
  readonly trial: number
  readonly trialDir: string
  readonly signal: AbortSignal
  report(step: number, metrics: Readonly<Record<string, number>>): void
}) => Promise<Readonly<Record<string, number>> | number> | Readonly<Record<string, number>> | number
