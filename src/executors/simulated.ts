import type { Clock } from '../base/clock.ts'
import { BugError } from '../base/errors.ts'
import { VARIABLE } from '../protocol/attempt-environment.ts'
import type { TrainerEvent } from '../protocol/event-line.ts'
import type { Reports } from '../protocol/report-reader.ts'
import type { AttemptRequest, AttemptStatus, Executor, Handle, StopReason } from './executor.ts'
import { EventQueue } from './simulated/event-queue.ts'

/** What a trial would do if it ran: its whole curve, and how long each step takes. */
export interface SimulatedOutcome {
  readonly curve: readonly (readonly [step: number, value: number])[]
  readonly msPerStep: number
  /** It crashes after this many reports; absent = it does not. */
  readonly failsAfter?: number
}

export interface SimulationParts {
  /** Asked once a trial, when it starts. */
  readonly outcomeOf: (trial: number) => SimulatedOutcome
  /** Name of the sweep's metric. */
  readonly metric: string
  /** Milliseconds since 1970 when it begins. @default 2000-01-01 */
  readonly startsAt?: number
}

interface Attempt {
  readonly handle: Handle
  readonly outcome: SimulatedOutcome
  readonly startedAt: number
  /** Reports that are not taken yet. */
  said: TrainerEvent[]
  status: AttemptStatus
}

const START = Date.UTC(2000, 0, 1)
/** Sleeps between two chances for signals and timers of the program around it. */
const BREATHE = 1000

/**
 * A machine on which nothing runs: trials say what they would have said, on a clock that jumps from one event to the
 * next. A trial that is stopped has its checkpoint at its last report; started again, it goes on from there.
 */
export class Simulation {
  readonly clock: Clock
  readonly executor: Executor
  readonly #parts: SimulationParts
  readonly #queue = new EventQueue<Attempt>()
  readonly #attempts = new Map<Handle, Attempt>()
  readonly #newest = new Map<number, Attempt>()
  readonly #outcomes = new Map<number, SimulatedOutcome>()
  /** Reports that a trial has made in all of its attempts. */
  readonly #done = new Map<number, number>()
  #heard: Handle[] = []
  #time = 0
  #sleeps = 0

  constructor(parts: SimulationParts) {
    this.#parts = parts
    const { startsAt = START } = parts
    this.clock = {
      now: () => startsAt + this.#time,
      monotonic: () => this.#time,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
    this.executor = {
      onChange: undefined,
      start: async (request) => this.#start(request),
      poll: async (handles) => handles.map((handle) => this.#attemptOf(handle).status),
      stop: (handle, reason) => this.#stop(this.#attemptOf(handle), reason),
      heard: () => {
        const heard = this.#heard
        this.#heard = []
        return heard
      },
      reports: ({ trial }) => this.#reportsOf(trial),
      // It dies with its process.
      reattach: async (attempts) => attempts.map(() => undefined),
      close: async () => undefined,
    }
  }

  /** Milliseconds that have passed for those on it. */
  get elapsedMs(): number {
    return this.#time
  }

  #start({ trial, attempt, env }: AttemptRequest): Handle {
    const handle: Handle = { trial, attempt, saved: { simulated: true } }
    const outcome = this.#outcomes.get(trial) ?? this.#parts.outcomeOf(trial)
    this.#outcomes.set(trial, outcome)
    if (env[VARIABLE.resume] !== '1') this.#done.delete(trial)
    const it: Attempt = { handle, outcome, startedAt: this.#time, said: [], status: { state: 'running' } }
    this.#attempts.set(handle, it)
    this.#newest.set(trial, it)
    this.#queue.add(this.#time + outcome.msPerStep, it)
    return handle
  }

  #attemptOf(handle: Handle): Attempt {
    const it = this.#attempts.get(handle)
    if (it === undefined) throw new BugError(`Trial ${handle.trial} has a handle of another executor.`)
    return it
  }

  #stop(it: Attempt, reason: StopReason): void {
    if (it.status.state === 'ended') return
    this.#end(it, { state: 'ended', end: reason === 'stop' ? 'stopped' : 'timed-out', reason: 'was stopped' })
    this.executor.onChange?.()
  }

  #end(it: Attempt, status: Extract<AttemptStatus, { state: 'ended' }>): void {
    it.status = { ...status, endedAt: this.clock.now(), lived: this.#time - it.startedAt }
  }

  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (++this.#sleeps % BREATHE === 0) await new Promise((resolve) => setImmediate(resolve))
    if (signal?.aborted) return
    const next = Math.min(this.#time + ms, this.#queue.nextTime)
    if (next === Number.POSITIVE_INFINITY) throw new BugError('A simulated sweep waits, but nothing will happen.')
    this.#time = Math.max(this.#time, next)
    // Whoever slept looks anyway, so that nobody is woken.
    for (let it = this.#queue.takeUntil(this.#time); it !== undefined; it = this.#queue.takeUntil(this.#time)) {
      this.#happen(it)
    }
  }

  /** The next report of an attempt, or its end. */
  #happen(it: Attempt): void {
    if (it.status.state === 'ended') return
    const { trial } = it.handle
    const { curve, failsAfter = Number.POSITIVE_INFINITY, msPerStep } = it.outcome
    const done = this.#done.get(trial) ?? 0
    if (done >= failsAfter) {
      this.#end(it, { state: 'ended', end: 'crashed', exitCode: 1, reason: `crashed after report ${done}` })
      return
    }
    const report = curve[done]
    if (report !== undefined) {
      const [step, value] = report
      it.said.push({ kind: 'report', step, metrics: { [this.#parts.metric]: value } })
      this.#heard.push(it.handle)
      this.#done.set(trial, done + 1)
    }
    if (done + 1 >= curve.length && failsAfter > done) this.#end(it, { state: 'ended', end: 'finished', exitCode: 0 })
    else this.#queue.add(this.#time + msPerStep, it)
  }

  /** Of the attempt that is about to start. */
  #reportsOf(trial: number): Reports {
    const before = this.#newest.get(trial)
    const take = (): TrainerEvent[] => {
      const it = this.#newest.get(trial)
      if (it === undefined || it === before) return []
      const { said } = it
      it.said = []
      return said
    }
    return { behind: false, poll: take, finish: take }
  }
}
