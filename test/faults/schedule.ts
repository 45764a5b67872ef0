import { type Rng, rngFor } from '../../src/base/rng.ts'

// What goes wrong in one sweep and when, drawn from a seed. Moments are told by the trainers' progress and by counts of
// file operations, not by the clock alone, so that a seed means much the same on a slow machine.

/** Signals, sent while an orchestrator lives. */
export type Blow =
  | 'kill-orchestrator'
  | 'kill-keepers'
  | 'kill-a-keeper'
  | 'kill-a-trainer'
  | 'kill-all-trainers'
  | 'kill-everything'
  | 'kill-orchestrator-then-keepers'
  | 'freeze-a-trainer'
  | 'freeze-orchestrator'
  | 'freeze-orchestrator-and-kill-keepers'
  | 'interrupt'
  | 'terminate-twice'
  | 'pause-and-resume'
  | 'pause-and-kill'
  | 'one-slot-and-two'
  | 'fill-disk'

/** What the program is made to meet in its n-th file operation. */
export interface Injection {
  readonly at: number
  readonly what: 'before' | 'after' | 'torn' | 'ENOSPC' | 'EIO' | 'EROFS' | 'EDQUOT' | 'EFBIG' | 'forward' | 'back'
  /** Operations that are refused from there on. */
  readonly count: number
}

/** What happens to the files between two lives of the orchestrator. */
export type Damage =
  | 'tear-journal'
  | 'tear-record'
  | 'reboot'
  | 'reboot-without-leases'
  | 'recycle-pids'
  | 'lose-snapshot'
  | 'tear-snapshot'
  | 'repeat-record-lines'

export interface Step {
  /** Lines that the trainers are to write into their ledger before it. */
  readonly progress: number
  /** Milliseconds after that. */
  readonly ms: number
  readonly blow: Blow
}

/** One life of the orchestrator; the first one is a start, the others are resumes. */
export interface Life {
  /** Before it; wants nothing to run any more. */
  readonly damage?: Damage
  /** Commands given at the same moment: at most one of them may have the sweep. */
  readonly rivals: number
  readonly injection?: Injection
  /** Passes: a keeper with ends that it cannot write down waits for room, for ever if need be. */
  readonly keeperInjection?: Injection
  readonly steps: readonly Step[]
}

export interface Mishap {
  readonly trial: number
  /** `leave`: a process of its own session that outlives the trainer. */
  readonly what: 'exit' | 'lose' | 'twice' | 'half' | 'leave'
  readonly unit: number
}

export interface Schedule {
  readonly seed: number
  readonly sampler: 'grid' | 'random'
  /** Attempts that a trial gets by itself after one that crashed; the others wait for a person to ask. */
  readonly retries: number
  /** What becomes of running trials when the orchestrator dies. */
  readonly onDeath: 'continue' | 'stop'
  readonly units: number
  readonly unitSeconds: number
  /** A disk of its own that can be filled. */
  readonly smallDisk: boolean
  readonly mishaps: readonly Mishap[]
  readonly lives: readonly Life[]
}

export const CONFIGURATIONS = 5
export const SEEDS = 2
export const TRIALS = CONFIGURATIONS * SEEDS

const BLOWS: readonly Blow[] = [
  'kill-orchestrator',
  'kill-orchestrator',
  'kill-keepers',
  'kill-a-keeper',
  'kill-a-trainer',
  'kill-a-trainer',
  'kill-all-trainers',
  'kill-everything',
  'kill-orchestrator-then-keepers',
  'freeze-a-trainer',
  'freeze-orchestrator',
  'freeze-orchestrator-and-kill-keepers',
  'interrupt',
  'terminate-twice',
  'pause-and-resume',
  'pause-and-kill',
  'one-slot-and-two',
]
/** Those that end the orchestrator. */
export const LAST_BLOWS: ReadonlySet<Blow> = new Set([
  'kill-orchestrator',
  'kill-everything',
  'kill-orchestrator-then-keepers',
  'interrupt',
  'terminate-twice',
  'pause-and-kill',
])
const INJECTIONS: readonly Injection['what'][] = [
  'before',
  'after',
  'torn',
  'before',
  'after',
  'torn',
  'ENOSPC',
  'EIO',
  'EROFS',
  'EDQUOT',
  'EFBIG',
  'forward',
  'back',
]
const DAMAGES: readonly Damage[] = [
  'tear-journal',
  'tear-journal',
  'tear-record',
  'reboot',
  'reboot-without-leases',
  'recycle-pids',
  'lose-snapshot',
  'tear-snapshot',
  'repeat-record-lines',
]
const MISHAPS: readonly Mishap['what'][] = ['exit', 'lose', 'twice', 'half', 'leave']

/** @returns the schedule of a seed, the same one for ever as long as the lists above are not changed */
export function drawSchedule(seed: number): Schedule {
  const rng = rngFor(seed, 'faults')
  const smallDisk = chance(rng, 0.12)
  const units = 2 + rng.below(2)
  return {
    seed,
    sampler: chance(rng, 0.5) ? 'grid' : 'random',
    retries: pick(rng, [0, 0, 3]),
    onDeath: pick(rng, ['continue', 'continue', 'stop']),
    units,
    unitSeconds: pick(rng, [0, 0.03, 0.03, 0.08]),
    smallDisk,
    mishaps: drawMishaps(rng, units),
    lives: Array.from({ length: 1 + rng.below(3) }, (_, i) => drawLife(rng, i, smallDisk)),
  }
}

function drawMishaps(rng: Rng, units: number): Mishap[] {
  const trials = rng.shuffled(Array.from({ length: TRIALS }, (_, i) => i)).slice(0, rng.below(5))
  return trials.map((trial) => ({ trial, what: pick(rng, MISHAPS), unit: 1 + rng.below(units) }))
}

function drawLife(rng: Rng, number: number, smallDisk: boolean): Life {
  const steps = Array.from({ length: 1 + rng.below(3) }, () => drawStep(rng, smallDisk))
  const last = steps.findIndex(({ blow }) => LAST_BLOWS.has(blow))
  return {
    rivals: chance(rng, 0.15) ? 2 + rng.below(2) : 1,
    ...(number > 0 && chance(rng, 0.5) ? { damage: pick(rng, DAMAGES) } : {}),
    ...(chance(rng, 0.45) ? { injection: drawInjection(rng, 160) } : {}),
    ...(chance(rng, 0.15) ? { keeperInjection: { ...drawInjection(rng, 40), count: 1 + rng.below(4) } } : {}),
    steps: last === -1 ? steps : steps.slice(0, last + 1),
  }
}

function drawStep(rng: Rng, smallDisk: boolean): Step {
  const blow = smallDisk && chance(rng, 0.6) ? 'fill-disk' : pick(rng, BLOWS)
  return { progress: rng.below(12), ms: rng.below(60), blow }
}

function drawInjection(rng: Rng, operations: number): Injection {
  const what = pick(rng, INJECTIONS)
  return { at: 1 + rng.below(operations), what, count: chance(rng, 0.5) ? 1 : 1_000_000 }
}

const chance = (rng: Rng, share: number) => rng.uniform() < share

function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.below(items.length)] as T
}
