// An event-driven simulation of one machine: trials with durations and memory peaks are started by some way of placing
// them, slow each other down by a stated model, run out of memory when placed wrongly, and end.
import type { GpuLoad } from '../src/gpus/gpu-load.ts'

/** One trial of a mix. */
export interface SimulatedTrial {
  readonly key: string
  /** 1, 2 ... devices or a share. */
  readonly gpus: number
  /** On each GPU. */
  readonly peakBytes: number
  /** Alone on its GPUs, in ms. */
  readonly ms: number
  /** How much of a GPU's compute it uses when alone, above 0 up to 1. */
  readonly utilisation: number
  readonly params: Readonly<Record<string, unknown>>
}

export interface Card {
  readonly uuid: string
  readonly memoryBytes: number
}

/**
 * How trials on one GPU slow each other down: while their utilisations sum to at most 1, not by sharing; above, each by
 * the sum. Each further trial costs all of them `interference` on top. `none`: not at all.
 */
export interface SlowDown {
  readonly name: string
  readonly shared: boolean
  readonly interference: number
}

export const NO_SLOW_DOWN: SlowDown = { name: 'no slow-down', shared: false, interference: 0 }
export const MODERATE: SlowDown = { name: 'moderate slow-down', shared: true, interference: 0.05 }

/** One start that a way of placing orders. */
export interface Start {
  readonly key: string
  readonly gpus: readonly { readonly uuid: string; readonly share: number; readonly reserveBytes: number }[]
}

/** What a way of placing is shown, and asked. `waiting` is the queue in order. */
export interface Situation {
  readonly now: number
  readonly loads: readonly GpuLoad[]
  readonly waiting: readonly SimulatedTrial[]
  /** Those that ran out of memory before, and on what size. */
  readonly failed: ReadonlyMap<string, number>
  readonly ended: readonly SimulatedTrial[]
}
export type Placer = (situation: Situation) => readonly Start[]

export interface Outcome {
  readonly makespan: number
  /** Memory in use over time, as a share of all memory until the end. */
  readonly memoryUse: number
  /** Attempts that ran out of memory. */
  readonly outOfMemory: number
}

interface Running {
  readonly trial: SimulatedTrial
  readonly gpus: Start['gpus']
  readonly since: number
  left: number
  grown: boolean
}

/** A trial has its peak after this time, or after a tenth of its work. */
const GROWS_MS = 60_000

/** Speed of each, 1 = as if alone: the slowest of its GPUs counts. */
export function speeds(
  running: readonly { readonly utilisation: number; readonly on: readonly string[] }[],
  slowDown: SlowDown,
): number[] {
  const use = new Map<string, { sum: number; count: number }>()
  for (const { utilisation, on } of running) {
    for (const uuid of on) {
      const { sum, count } = use.get(uuid) ?? { sum: 0, count: 0 }
      use.set(uuid, { sum: sum + utilisation, count: count + 1 })
    }
  }
  const speedOn = (uuid: string) => {
    const { sum, count } = use.get(uuid) as { sum: number; count: number }
    return 1 / ((slowDown.shared ? Math.max(1, sum) : 1) * (1 + slowDown.interference * (count - 1)))
  }
  return running.map(({ on }) => Math.min(...on.map(speedOn)))
}

/** How a simulation goes. */
export interface Rules {
  readonly place: Placer
  readonly slowDown: SlowDown
  /** What is foreseen of a duration, which a placer may heed; undefined = nothing. */
  readonly expectedMs: (trial: SimulatedTrial) => number | undefined
}

/** @throws {Error} when nothing runs and the placer starts nothing */
export function simulate(
  cards: readonly Card[],
  trials: readonly SimulatedTrial[],
  { place, slowDown, expectedMs }: Rules,
): Outcome {
  let now = 0
  let waiting = [...trials]
  let running: Running[] = []
  const ended: SimulatedTrial[] = []
  const failed = new Map<string, number>()
  let outOfMemory = 0
  let byteTime = 0
  while (waiting.length > 0 || running.length > 0) {
    for (const { key, gpus } of place({
      now,
      loads: loadsOf(cards, running, { now, expectedMs }),
      waiting,
      failed,
      ended,
    })) {
      const trial = waiting.find((it) => it.key === key)
      if (trial === undefined) throw new Error(`${key} does not wait`)
      running.push({ trial, gpus, since: now, left: trial.ms, grown: false })
      waiting = waiting.filter((it) => it !== trial)
    }
    if (running.length === 0) throw new Error(`nothing runs and ${waiting.length} wait`)
    const rates = speeds(
      running.map(({ trial, gpus }) => ({ utilisation: trial.utilisation, on: gpus.map(({ uuid }) => uuid) })),
      slowDown,
    )
    const step = Math.min(...running.map((run, i) => nextEvent(run) / (rates[i] as number)))
    for (const [i, run] of running.entries()) {
      run.left -= step * (rates[i] as number)
      if (run.grown) byteTime += step * run.trial.peakBytes * run.gpus.length
    }
    now += step
    for (const run of running) if (!run.grown && run.left <= run.trial.ms - growth(run) + 1e-6) run.grown = true
    const over = overflowing(cards, running)
    for (const run of over) {
      outOfMemory++
      failed.set(run.trial.key, Math.max(...run.gpus.map(({ uuid }) => sizeOf(cards, uuid))))
      waiting.push(run.trial)
    }
    for (const run of running) if (run.left <= 1e-6) ended.push(run.trial)
    running = running.filter((run) => run.left > 1e-6 && !over.includes(run))
  }
  const memory = cards.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
  return { makespan: now, memoryUse: byteTime / (memory * now), outOfMemory }
}

function growth({ trial }: Running): number {
  return Math.min(GROWS_MS, trial.ms / 10)
}

/** Work until it grows or ends. */
function nextEvent(run: Running): number {
  return run.grown ? run.left : Math.max(1e-9, run.left - (run.trial.ms - growth(run)))
}

/** On each GPU with too little memory the one that grew last fails. */
function overflowing(cards: readonly Card[], running: readonly Running[]): Running[] {
  return cards.flatMap(({ uuid, memoryBytes }) => {
    const here = running.filter((run) => run.grown && run.gpus.some((it) => it.uuid === uuid))
    const used = here.reduce((sum, { trial }) => sum + trial.peakBytes, 0)
    return used > memoryBytes ? here.slice(-1) : []
  })
}

function sizeOf(cards: readonly Card[], uuid: string): number {
  return cards.find((card) => card.uuid === uuid)?.memoryBytes ?? 0
}

function loadsOf(
  cards: readonly Card[],
  running: readonly Running[],
  { now, expectedMs }: { readonly now: number; readonly expectedMs: Rules['expectedMs'] },
): GpuLoad[] {
  return cards.map((card) => ({
    ...card,
    foreignBytes: 0,
    tenants: running.flatMap(({ trial, gpus, grown, since }) => {
      const expected = expectedMs(trial)
      // One that takes longer than foreseen may take for ever.
      const left = expected === undefined || expected < now - since ? undefined : expected - (now - since)
      return gpus
        .filter(({ uuid }) => uuid === card.uuid)
        .map(({ share, reserveBytes }) => ({
          key: trial.key,
          share,
          reservedBytes: reserveBytes,
          peakBytes: grown ? trial.peakBytes : 0,
          ...(left === undefined ? {} : { endsInMs: left }),
        }))
    }),
  }))
}
