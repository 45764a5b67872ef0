// Ways of placing the trials of bench/packing: the product's own, and what it is compared with.
import type { Need, PackingPolicy, PackingState } from '../src/gpus/gpu-load.ts'
import { memoryModel } from '../src/gpus/memory-forecast.ts'
import { pack } from '../src/gpus/packing.ts'
import { capacityOf } from '../src/gpus/packing-room.ts'
import type { Placer, SimulatedTrial, Situation, Start } from './packing-simulation.ts'

/** Memory to set aside for a trial; undefined = not known. */
export type Knowledge = (trial: SimulatedTrial, situation: Situation) => number | undefined

/** As after many trials like these: a tenth is kept beside the peak. */
export const known: Knowledge = ({ peakBytes }) => Math.ceil(peakBytes * 1.1)

/** From nothing: the product's own forecast from the trials that have ended so far. */
export function learned(): Knowledge {
  let model = memoryModel([])
  let from = 0
  return ({ params }, { ended }) => {
    if (ended.length > from) {
      model = memoryModel(ended.map((it) => ({ params: it.params, peakBytes: it.peakBytes, ended: 'finished' })))
      from = ended.length
    }
    return model.forecast(params)?.high
  }
}

/** Of the queue, the product shows its packing so many where durations are known; otherwise one for each place left. */
const LOOK_AHEAD = 64
const MOST_PER_GPU = 4

/** The same code as in a sweep. */
export function packing(
  knowledge: Knowledge,
  expectedMs: (trial: SimulatedTrial) => number | undefined,
  policy: PackingPolicy = {},
): Placer {
  let before: PackingState | undefined
  return (situation) => {
    const needs = situation.waiting.slice(0, lookAhead(situation, expectedMs)).map((trial): Need => {
      const memoryBytes = knowledge(trial, situation)
      const expected = expectedMs(trial)
      const failedOn = situation.failed.get(trial.key)
      return {
        key: trial.key,
        gpus: trial.gpus,
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...(expected === undefined ? {} : { expectedMs: expected }),
        ...(failedOn === undefined ? {} : { alone: true }),
      }
    })
    const { starts, state } = pack(situation.loads, needs, { ...policy, ...(before === undefined ? {} : { before }) })
    before = state
    return starts
  }
}

function lookAhead({ loads, waiting }: Situation, expectedMs: (trial: SimulatedTrial) => number | undefined): number {
  if (waiting.some((trial) => expectedMs(trial) !== undefined)) return LOOK_AHEAD
  const running = new Set(loads.flatMap(({ tenants }) => tenants.map(({ key }) => key))).size
  return Math.max(0, MOST_PER_GPU * loads.length - running)
}

/** In the order of the queue, each on the first GPUs that have room; whoever has none lets the next one try. */
export function firstFit(knowledge: Knowledge, mostPerGpu = MOST_PER_GPU): Placer {
  return (situation) => {
    const rooms = situation.loads.map(({ uuid, memoryBytes, tenants }) => ({
      uuid,
      capacity: capacityOf(memoryBytes),
      free: capacityOf(memoryBytes) - tenants.reduce((sum, it) => sum + (it.reservedBytes ?? 0), 0),
      tenants: tenants.length,
    }))
    return situation.waiting.flatMap((trial): Start[] => {
      const bytes = situation.failed.has(trial.key) ? undefined : knowledge(trial, situation)
      const taken = (capacity: number) => Math.min(bytes ?? capacity, capacity)
      const fits = rooms.filter(
        ({ capacity, free, tenants }) =>
          tenants < mostPerGpu && taken(capacity) <= free && (bytes !== undefined || tenants === 0),
      )
      if (fits.length < trial.gpus) return []
      const gpus = fits.slice(0, Math.ceil(trial.gpus)).map((room) => {
        const reserveBytes = taken(room.capacity)
        room.free -= reserveBytes
        room.tenants++
        return { uuid: room.uuid, share: reserveBytes / room.capacity, reserveBytes }
      })
      return [{ key: trial.key, gpus }]
    })
  }
}

/** In the order of the queue, each on GPUs that are empty. */
export function oneAGpu(): Placer {
  return firstFit(() => undefined, 1)
}

/** By what nvidia-smi says is free now, as several tools do: a trial that has just begun has taken nothing yet. */
export function byFreeMemory(knowledge: Knowledge, mostPerGpu = MOST_PER_GPU): Placer {
  return (situation) => {
    const blind = firstFit(knowledge, mostPerGpu)
    const loads = situation.loads.map((load) => ({
      ...load,
      tenants: load.tenants.map((it) => ({ ...it, reservedBytes: it.peakBytes })),
    }))
    // One question at a time: each sees the others of the same moment as having taken nothing.
    const counts = new Map(loads.map(({ uuid, tenants }) => [uuid, tenants.length]))
    return situation.waiting.flatMap((trial) => {
      const open = loads.filter(({ uuid }) => (counts.get(uuid) ?? 0) < mostPerGpu)
      const [start] = blind({ ...situation, loads: open, waiting: [trial] })
      for (const { uuid } of start?.gpus ?? []) counts.set(uuid, (counts.get(uuid) ?? 0) + 1)
      return start === undefined ? [] : [start]
    })
  }
}
