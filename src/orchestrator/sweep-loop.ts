import type { Clock } from '../base/clock.ts'
import type { AttemptRequest, Executor, Handle } from '../executors/executor.ts'
import type { Slot, SlotPool } from '../gpus/slot.ts'
import type { Journal, NewEvent } from '../journal/journal.ts'
import type { AttemptContext } from '../protocol/attempt-environment.ts'
import type { Pruner } from '../pruners/pruner.ts'
import type { Race } from '../racing/race.ts'
import type { Sampler } from '../samplers/sampler.ts'
import type { Params } from '../space/domain.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { StoppedBy, SweepSnapshot } from '../trial/trial.ts'
import { type LoopControl, openControl } from './control.ts'
import { type DiskGuard, type DiskSpace, openDiskGuard } from './disk-space.ts'
import { type FailureStreak, streakOf } from './failure-streak.ts'
import { type GpuNeeds, type GpuState, newGpuState, type SeatCheck } from './gpu-state.ts'
import type { LongestFirst } from './longest-first.ts'
import type { LiveState, SweepObserver } from './observer.ts'
import { type Rest, restingTrials } from './resting-trials.ts'
import type { TrialReports } from './trial-reports.ts'
import { Wake } from './wake.ts'

/** The command of one attempt. */
export interface Launched {
  /** Never a shell string; empty for functions. */
  readonly argv: readonly string[]
  /** The command as it may be written down, when argv holds secrets of the environment. @default argv */
  readonly shown?: readonly string[]
  readonly cwd: string
  /** What its environment has in common with others: the same object for all attempts of a slot. */
  readonly sharedEnv?: Readonly<Record<string, string>>
  /** The rest of its environment, the attempt's own variables included; wins over `sharedEnv`. */
  readonly env: Readonly<Record<string, string>>
}

/** A completed trial of an earlier sweep that answers one of this sweep. */
export interface EarlierAnswer {
  /** `gamma-grid.1/17` */
  readonly from: string
  /** Its trial's folder, absolute: what it wrote is this trial's, too. */
  readonly dir: string
  readonly value?: number
  readonly metrics: Readonly<Record<string, number>>
}

/** What the loop is given: contracts only, so that it knows no concrete sampler, executor or file format. */
export interface SweepParts {
  readonly spec: SweepSpec
  /** runs/<id>, absolute; exists. */
  readonly sweepDir: string
  readonly journal: Journal
  readonly sampler: Sampler
  readonly pruner?: Pruner
  readonly race: Race
  readonly executor: Executor
  readonly slots: SlotPool
  /** Params already hold the fixed ones. @throws {UserError} when there is no command for these params */
  launch(attempt: AttemptContext, params: Params, slot: Slot): Launched
  /** Content address of a trial; absent = trials have none and nothing is reused. */
  addressOf?(params: Params, seed: number): string
  /** Looks an address up in earlier sweeps. */
  answerFor?(address: string): EarlierAnswer | undefined
  /** What trials need of GPUs; absent = one GPU each, where there are any. */
  readonly gpuNeeds?: GpuNeeds
  readonly clock: Clock
  /** How much room a folder's disk has. @default what the system says */
  spaceOf?(folder: string): DiskSpace | undefined
  readonly observer?: SweepObserver
  /** Aborted = stop gracefully. */
  readonly signal?: AbortSignal
  /** Aborted = SIGKILL at once. */
  readonly killSignal?: AbortSignal
  /** Trials at a time that this start allows; absent = as before, or as the sweep file has it. */
  readonly limit?: number
  /** Trials that are put away before anything is started. */
  readonly cancel?: readonly number[]
  /** Absent = trials run in the order in which they were created. */
  readonly longestFirst?: LongestFirst
}

/** How a sweep ended; `interrupted` = a person stopped it, and a resume goes on from here. */
export interface SweepEnd {
  readonly snapshot: SweepSnapshot
  readonly interrupted: boolean
}

/** Why a running attempt is being ended by us. */
export interface StopOrder {
  readonly as: 'pruned' | 'paused' | 'stopped' | 'cancelled' | 'timed-out'
  readonly reason: string
}

/** A trial with a process. */
export interface RunningAttempt {
  readonly trial: number
  readonly attempt: number
  readonly seat: Seat | undefined
  /** By the clock that never goes back. */
  since: number
  /** As it may be written down. */
  readonly command: readonly string[]
  handle: Handle
  /** Started by an earlier orchestrator. */
  readonly adopted?: true
  readonly reports: TrialReports
  /** The most GPU memory that it was seen to have, in bytes; known at its end. */
  peakBytes?: number
  /** The last one wins; undefined = nobody has asked it to end. */
  order?: StopOrder
  /** Asked back while it waited for its turn; if it had begun by then, it simply runs. */
  recalled?: true
  /** The person was told that its state is unknown. */
  unknownSaid?: boolean
}

/** What an attempt's process is given, and what will be heard of it. */
export interface PreparedAttempt {
  readonly request: AttemptRequest
  /** As it may be written down. */
  readonly command: readonly string[]
  readonly reports: TrialReports
}

/** An attempt whose start is in the journal and whose process is not started yet. */
export interface Claim {
  readonly trial: number
  readonly attempt: number
  /** Place in the order of claims: it may start once the journal is durable up to here. */
  readonly order: number
  /** Made ahead, while others run. */
  prepared?: PreparedAttempt
}

/** A slot that this sweep holds, and what is on it. */
export interface Seat {
  readonly slot: Slot
  /** Where slots are made for each trial: the one that this is for. */
  readonly trialFor?: number
  /** Memory of the attempt before is being looked for, or still held: nothing is put on the slot. */
  check?: SeatCheck
  claims: Claim[]
  /** Already handed to the executor; each begins when the one before has ended. */
  queue: RunningAttempt[]
  trial?: number
  /** Milliseconds since 1970. */
  since?: number
  /** A person wants fewer slots: nothing new is put on it. */
  closing?: boolean
  /** Processes that the machine knows to keep the slot busy, should we die. */
  readonly sharedWith: Set<number>
}

/** Why nothing new is started. */
export interface Ending {
  readonly state: 'stopped' | 'finished'
  readonly by: StoppedBy
  readonly reason: string
  /** Thrown at the end, after everything was put away. */
  readonly error?: unknown
}

/** What the loop keeps beside the journal's snapshot; all of it can be made again from the journal. */
export interface SweepLoop extends SweepParts {
  /** Trials that wait for a slot, first come first served. */
  readonly waiting: number[]
  /** Trials that wait for the back-off of a retry; they want no slot yet. */
  readonly resting: Map<number, Rest>
  readonly running: Map<number, RunningAttempt>
  readonly seats: Seat[]
  readonly wake: Wake
  readonly live: LiveState
  readonly control: LoopControl
  readonly gpus: GpuState
  readonly diskGuard: DiskGuard
  /** The race has said `done`. */
  asked: boolean
  ending: Ending | undefined
  killed: boolean
  /** The person was told that earlier answers are reused. */
  reuseSaid: boolean
  /** The person was told that others have all slots. */
  takenSaid: boolean
  /** Failed trials since the start while nothing has completed. */
  failuresFromStart: number
  /** Failures of the same cause in a row. */
  streak: FailureStreak | undefined
  /** The same of attempts, those that retries follow included. */
  badEnds: FailureStreak | undefined
  claimed: number
  durableClaims: number
  /** Milliseconds an attempt takes, a moving mean; undefined = none has ended yet. */
  typicalMs: number | undefined
  nextAcquire: number
  nextRead: number
}

export function openLoop(parts: SweepParts): SweepLoop {
  const seats: Seat[] = []
  const running = new Map<number, RunningAttempt>()
  const control = openControl(parts.journal.snapshot, parts)
  const loop: SweepLoop = {
    ...parts,
    waiting: [],
    resting: new Map(),
    running,
    seats,
    control,
    gpus: newGpuState(),
    diskGuard: openDiskGuard(),
    wake: new Wake(parts.clock),
    live: {
      snapshot: parts.journal.snapshot,
      get total() {
        return totalTrials({ ...parts, control })
      },
      get resting() {
        return loop.resting.size === 0 ? undefined : restingTrials(loop)
      },
      get stopping() {
        return loop.ending !== undefined
      },
      get slots() {
        return seats.map((seat) => liveSlot(seat, running))
      },
    },
    asked: false,
    ending: undefined,
    killed: false,
    reuseSaid: false,
    takenSaid: false,
    failuresFromStart: 0,
    streak: streakOf(parts.journal.snapshot),
    badEnds: undefined,
    claimed: 0,
    durableClaims: 0,
    typicalMs: undefined,
    nextAcquire: 0,
    nextRead: 0,
  }
  return loop
}

function liveSlot({ slot, trial, since }: Seat, running: SweepLoop['running']): LiveState['slots'][number] {
  if (trial === undefined) return { id: slot.id }
  const progress = running.get(trial)?.reports.progress
  return {
    id: slot.id,
    trial,
    ...(since === undefined ? {} : { since }),
    ...(progress === undefined ? {} : { progress }),
  }
}

/** @returns undefined when neither the sampler nor a cap sets an end */
export function totalTrials({
  spec,
  sampler,
  control,
}: Pick<SweepParts, 'spec' | 'sampler'> & { readonly control?: Pick<LoopControl, 'budget'> }): number | undefined {
  const configurations = sampler.total(spec.space)
  const all = configurations === undefined ? undefined : configurations * spec.seeds.length
  const cap = control === undefined ? spec.runCap : control.budget.trials
  return all === undefined ? cap : Math.min(all, cap ?? all)
}

/** Appends to the journal and tells the observer. */
export function record(loop: SweepLoop, event: NewEvent): void {
  loop.journal.append(event)
  loop.observer?.event({ ...event, t: loop.clock.now() }, loop.live)
}

/** For an attempt that was claimed and whose process was never started: it took no time. */
export function recordNotBegun(loop: SweepLoop, { trial, attempt }: Pick<Claim, 'trial' | 'attempt'>): void {
  record(loop, { type: 'attempt-ended', trial, attempt, end: 'stopped', tookMs: 0, reason: 'It had not begun.' })
}

/** The first cause stays; a person's stop wins over the others. */
export function endSweep(loop: SweepLoop, ending: Ending): void {
  if (loop.ending === undefined || (ending.by === 'person' && loop.ending.state === 'finished')) loop.ending = ending
}

/** Trials at a time, now. What a person says of the running sweep wins over its file. */
export function capacity({
  spec,
  slots,
  control,
}: Pick<SweepLoop, 'spec' | 'slots'> & { readonly control?: Pick<LoopControl, 'paused' | 'slots'> }): number {
  if (control?.paused) return 0
  return Math.min(control?.slots ?? spec.parallel ?? Number.POSITIVE_INFINITY, slots.slots.length)
}
