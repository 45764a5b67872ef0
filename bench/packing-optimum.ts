// The shortest time in which a small mix can be done at all, by looking at every schedule that starts trials only at the
// beginning or when another one ends. It knows the durations; it may promise as much memory as the packing may.
import { capacityOf } from '../src/gpus/packing-room.ts'
import { type Card, type SimulatedTrial, type SlowDown, speeds } from './packing-simulation.ts'

interface Placed {
  readonly trial: number
  readonly on: readonly number[]
  readonly left: number
}

export interface Optimum {
  readonly makespan: number
  /** False: given up after `mostNodes`; then it is only the best that was found. */
  readonly proven: boolean
}

/** @param atMost a makespan that some schedule is known to reach */
export function optimum(
  cards: readonly Card[],
  mix: readonly SimulatedTrial[],
  options: {
    readonly bytesOf: (trial: SimulatedTrial) => number
    readonly slowDown: SlowDown
    readonly mostPerGpu: number
    readonly atMost: number
    readonly mostNodes: number
  },
): Optimum {
  const { slowDown, mostPerGpu, mostNodes } = options
  const trials = [...mix].sort((a, b) => b.ms * b.gpus - a.ms * a.gpus)
  const capacity = cards.map(({ memoryBytes }) => capacityOf(memoryBytes))
  const bytes = trials.map((trial) => Math.min(options.bytesOf(trial), Math.max(...capacity)))
  const total = capacity.reduce((sum, it) => sum + it, 0)
  const seen = new Map<string, number>()
  let best = options.atMost
  let nodes = 0

  /** Nobody can be faster than this from here. */
  const bound = (now: number, running: readonly Placed[], waiting: readonly number[]): number => {
    let [longest, area, seats, compute] = [0, 0, 0, 0]
    const add = (trial: number, left: number) => {
      const { gpus, utilisation } = trials[trial] as SimulatedTrial
      longest = Math.max(longest, left)
      area += left * (bytes[trial] as number) * gpus
      seats += left * gpus
      compute += left * gpus * utilisation
    }
    for (const { trial, left } of running) add(trial, left)
    for (const trial of waiting) add(trial, (trials[trial] as SimulatedTrial).ms)
    const shared = slowDown.shared ? compute / cards.length : 0
    return now + Math.max(longest, area / total, seats / (mostPerGpu * cards.length), shared)
  }

  const visit = (now: number, running: readonly Placed[], waiting: readonly number[], from: number): void => {
    if (nodes++ > mostNodes || bound(now, running, waiting) >= best * (1 - 1e-9)) return
    if (waiting.length === 0 && running.length === 0) {
      best = now
      return
    }
    for (const trial of waiting.filter((it) => it >= from)) {
      for (const on of places(trial, running)) {
        const started = [...running, { trial, on, left: (trials[trial] as SimulatedTrial).ms }]
        visit(
          now,
          started,
          waiting.filter((it) => it !== trial),
          trial + 1,
        )
      }
    }
    if (running.length > 0) advance(now, running, waiting)
  }

  const advance = (now: number, running: readonly Placed[], waiting: readonly number[]): void => {
    const rates = speeds(
      running.map(({ trial, on }) => ({
        utilisation: (trials[trial] as SimulatedTrial).utilisation,
        on: on.map(String),
      })),
      slowDown,
    )
    const step = Math.min(...running.map(({ left }, i) => left / (rates[i] as number)))
    const after = running
      .map((it, i) => ({ ...it, left: it.left - step * (rates[i] as number) }))
      .filter(({ left }) => left > 1e-6)
    const key = `${waiting.join()}|${after
      .map(({ trial, on, left }) => `${trial}@${on}:${left.toFixed(0)}`)
      .sort()
      .join()}`
    if ((seen.get(key) ?? Number.POSITIVE_INFINITY) <= now + step) return
    seen.set(key, now + step)
    visit(now + step, after, waiting, 0)
  }

  /** Where it fits; of GPUs that are alike only the first. */
  const places = (trial: number, running: readonly Placed[]): number[][] => {
    const need = bytes[trial] as number
    const { gpus } = trials[trial] as SimulatedTrial
    const open = cards.flatMap((_, g) => {
      const here = running.filter(({ on }) => on.includes(g))
      const used = here.reduce((sum, it) => sum + (bytes[it.trial] as number), 0)
      return here.length < mostPerGpu && used + need <= (capacity[g] as number) ? [g] : []
    })
    const all = gpus <= 1 ? open.map((g) => [g]) : open.flatMap((a, i) => open.slice(i + 1).map((b) => [a, b]))
    const looks = (g: number) => `${capacity[g]}:${running.filter(({ on }) => on.includes(g)).map((it) => it.trial)}`
    const once = new Map(all.map((on) => [on.map(looks).join('+'), on]))
    return [...once.values()]
  }

  visit(
    0,
    [],
    trials.map((_, i) => i),
    0,
  )
  return { makespan: best, proven: nodes <= mostNodes }
}
