import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import type { Clock } from '../../src/base/clock.ts'
import { type Rng, rngFor } from '../../src/base/rng.ts'
import type { AttemptRequest, AttemptStatus, Executor, Handle } from '../../src/executors/executor.ts'

/** Thrown wherever the orchestrator is when it dies; from then on nothing of it does anything. */
export class Death extends Error {}

type Ended = Extract<AttemptStatus, { readonly state: 'ended' }>

interface Process {
  readonly request: AttemptRequest
  unit: number
  /** By the machine's clock. */
  due: number
  stopping: boolean
  end?: Ended
}

export const UNITS = 3
const LONGEST_UNIT_MS = 700
const GRACE_MS = 40

const keyOf = ({ trial, attempt }: { readonly trial: number; readonly attempt: number }) => `${trial}.${attempt}`

/**
 * A machine whose time is told by those who wait on it. Its processes outlive orchestrators; they do units of work,
 * keep a checkpoint after each, and write down what they do. Everything depends on the seed alone.
 */
export class SimulatedMachine {
  /** Units that were done twice, claims that were not on disk when their process started, and the like. */
  readonly wrong: string[] = []
  readonly #rng: Rng
  readonly #processes = new Map<string, Process>()
  /** By trial: units whose checkpoint is there. */
  readonly #checkpoints = new Map<number, number>()
  #time = 0
  #jumped = 0
  #booted = 1

  constructor(seed: number) {
    this.#rng = rngFor(seed, 'simulated machine')
  }

  get clock(): Clock {
    return {
      now: () => 1_700_000_000_000 + this.#time + this.#jumped,
      monotonic: () => this.#time,
      sleep: async (ms, signal) => {
        if (signal?.aborted !== true) this.#pass(Math.max(1, Math.min(ms, 60_000)))
        await new Promise((resolve) => setImmediate(resolve))
      },
    }
  }

  /** The wall clock is set. */
  jump(ms: number): void {
    this.#jumped += ms
  }

  killAll(): void {
    for (const it of this.#processes.values()) {
      it.end ??= { state: 'ended', end: 'lost', reason: 'it ended after its keeper was killed, so nobody saw how' }
    }
  }

  killOne(): void {
    const living = [...this.#processes.values()].filter(({ end }) => end === undefined)
    const it = living[this.#rng.below(Math.max(1, living.length))]
    if (it !== undefined) it.end = { state: 'ended', end: 'crashed', signal: 'SIGKILL', reason: 'killed by SIGKILL' }
  }

  /** Nothing runs any more, and nobody knows how the newest attempts ended; of some not even that they began. */
  powerCut(): void {
    this.#booted++
    for (const [key, it] of this.#processes) {
      const isOld = it.end !== undefined && this.#rng.uniform() < 0.7
      if (!isOld) it.end = { state: 'ended', end: 'lost', reason: 'the machine was restarted' }
      if (!isOld && this.#rng.uniform() < 0.5) this.#processes.delete(key)
    }
  }

  /**
   * For one orchestrator.
   *
   * @param live called before everything it does; throws when the orchestrator is dead
   * @param isDurable whether the claim of an attempt is on the disk
   */
  executor(live: () => void, isDurable: (key: string) => boolean): Executor {
    const boot = this.#booted
    const handleOf = ({ trial, attempt }: { readonly trial: number; readonly attempt: number }): Handle => ({
      trial,
      attempt,
      saved: { boot },
    })
    return {
      onChange: undefined,
      start: async (request) => {
        live()
        if (!isDurable(keyOf(request)))
          this.wrong.push(`attempt ${keyOf(request)} started before its claim was on disk`)
        this.#start(request)
        live()
        return handleOf(request)
      },
      poll: async (handles) => {
        live()
        return handles.map((handle) => this.#processes.get(keyOf(handle))?.end ?? { state: 'running' })
      },
      stop: (handle) => {
        live()
        const it = this.#processes.get(keyOf(handle))
        if (it === undefined || it.stopping) return
        it.stopping = true
        it.due = Math.min(it.due, this.#time + GRACE_MS)
      },
      reattach: async (attempts) => {
        live()
        return attempts.map((attempt) => {
          if (this.#processes.has(keyOf(attempt))) return handleOf(attempt)
          if (attempt.saved === undefined || attempt.saved.boot === this.#booted) return undefined
          const end: Ended = { state: 'ended', end: 'lost', reason: 'the machine was restarted' }
          const request = { ...attempt, trialDir: '' } as unknown as AttemptRequest
          this.#processes.set(keyOf(attempt), { request, unit: 0, due: 0, stopping: false, end })
          return handleOf(attempt)
        })
      },
      close: async () => undefined,
    }
  }

  #start(request: AttemptRequest): void {
    const { trial } = request
    const other = [...this.#processes.values()].find((it) => it.request.trial === trial && it.end === undefined)
    if (other !== undefined) this.wrong.push(`attempt ${keyOf(request)} started beside ${keyOf(other.request)}`)
    if (this.#processes.has(keyOf(request))) this.wrong.push(`attempt ${keyOf(request)} started twice`)
    const unit = request.env.SWEEP_RESUME === '1' ? (this.#checkpoints.get(trial) ?? 0) : 0
    this.#processes.set(keyOf(request), { request, unit, due: this.#time + this.#unitMs(), stopping: false })
  }

  #unitMs(): number {
    return 1 + this.#rng.below(LONGEST_UNIT_MS)
  }

  #pass(ms: number): void {
    this.#time += ms
    for (const it of this.#processes.values()) {
      while (it.end === undefined && it.due <= this.#time) this.#work(it)
    }
  }

  #work(it: Process): void {
    const { trial, trialDir, env } = it.request
    const say = (line: object) => appendFileSync(`${trialDir}/events.ndjson`, `${JSON.stringify(line)}\n`)
    if (it.stopping) {
      it.end = { state: 'ended', end: 'stopped', signal: 'SIGTERM' }
      return
    }
    const value = Number(env.SWEEP_SEED) / 10 + trial
    if (it.unit === UNITS) {
      say({ event: 'result', f1: value })
      it.end = { state: 'ended', end: 'finished', exitCode: 0 }
      return
    }
    it.unit++
    say({ step: it.unit, f1: value - (UNITS - it.unit) / 100 })
    if ((this.#checkpoints.get(trial) ?? 0) >= it.unit) this.wrong.push(`trial ${trial} did unit ${it.unit} twice`)
    this.#checkpoints.set(trial, it.unit)
    if (!existsSync(`${trialDir}/checkpoints`)) mkdirSync(`${trialDir}/checkpoints`)
    it.due += this.#unitMs()
  }
}
