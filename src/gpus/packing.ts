import type { GpuLoad, Need, Packing, PackingPolicy, PackingSituation, PackingState, Placement } from './gpu-load.ts'
import { chooseDrained, drainTime } from './packing-drain.ts'
import { inGoodOrder } from './packing-order.ts'
import { bestOf, devicesOf, hasRoom, mayUse, putOn, type Room, roomOf, withinLargest } from './packing-room.ts'

// Decides what to start now, on which GPUs. Pure: the same loads, needs and state give the same answer, there is no
// clock and no random choice, so that the simulator of bench/ runs this very code.

/** For each GPU: the more there are, the more others start in the same time. */
const PATIENCE_PER_GPU = 8
/** Beyond this many times its patience, gaps are no longer filled on the word of forecasts. */
const TRUST = 4

/**
 * What to start now.
 *
 * - Memory is counted by reservation, never by what happens to be free: a trial that was just started has filled
 *   nothing yet. On each GPU the reservations, what others use and a margin of 5 % (at least 512 MiB) stay within its
 *   memory. A reservation above what any GPU has is cut to a whole GPU: a forecast may err.
 * - A trial whose memory is not known, or that wants to be alone, gets GPUs that are empty.
 * - Trials share out over the GPUs first, then fill the fullest that takes them.
 * - Those for several or whole GPUs are tried first, the others in the order of the queue; where it is known how long
 *   all of them take, in the order that ends first.
 * - One that was overtaken `patience` times has GPUs kept free for it; until they are, others start there only if they
 *   probably end earlier (EASY backfilling). So each starts once those before it end.
 *
 * @param needs in the order of the queue; a few dozen are enough, the cost grows with needs x GPUs
 * @source Lifka, "The ANL/IBM SP scheduling system" (1995) for EASY backfilling
 */
export function pack(
  loads: readonly GpuLoad[],
  needs: readonly Need[],
  { before, most, ...policy }: PackingPolicy & PackingSituation = {},
): Packing {
  const rooms = loads.map((load) => roomOf(load, policy))
  const cut = needs.map((need) => withinLargest(rooms, need))
  const possible = cut.filter((need) => isPossible(rooms, need))
  const overtaken = (need: Need) => before?.passedOver[need.key] ?? 0
  const patience = policy.patience ?? PATIENCE_PER_GPU * loads.length
  const starts: Placement[] = []
  let drained: PackingState['drained']
  let gap = 0
  const start = (need: Need) => {
    if (starts.length >= (most ?? Number.POSITIVE_INFINITY)) return
    const kept = drained === undefined || mayFill(need, gap) ? [] : drained.gpus
    const free = rooms.filter((room) => !kept.includes(room.load.uuid) && hasRoom(room, need, policy))
    if (free.length >= devicesOf(need)) starts.push(putOn(bestOf(free, need), need))
    else if (drained === undefined && overtaken(need) >= patience) {
      const chosen = chooseDrained(rooms, need, { policy, kept: before?.drained })
      if (chosen === undefined) return
      drained = { key: need.key, gpus: chosen.map((room) => room.load.uuid) }
      gap = overtaken(need) < TRUST * patience ? drainTime(chosen, need, policy) : 0
    }
  }
  for (const need of possible) if (overtaken(need) >= patience) start(need)
  const others = possible.filter((need) => overtaken(need) < patience)
  for (const need of inGoodOrder(rooms, others, policy)) start(need)
  return {
    starts,
    impossible: cut.filter((need) => !possible.includes(need)).map(({ key }) => key),
    state: {
      passedOver: nowOvertaken(possible, starts, before?.passedOver ?? {}),
      ...(drained === undefined ? {} : { drained }),
    },
  }
}

function isPossible(rooms: readonly Room[], need: Need): boolean {
  return rooms.filter((room) => mayUse(room, need)).length >= devicesOf(need)
}

/** It probably ends before those for whom the GPUs are kept could start. */
function mayFill({ expectedMs }: Need, gap: number): boolean {
  return expectedMs !== undefined && expectedMs <= gap
}

function nowOvertaken(
  needs: readonly Need[],
  starts: readonly Placement[],
  before: PackingState['passedOver'],
): Record<string, number> {
  const started = new Set(starts.map(({ key }) => key))
  const counts: Record<string, number> = {}
  let later = 0
  for (const { key } of [...needs].reverse()) {
    if (started.has(key)) later++
    else if (later + (before[key] ?? 0) > 0) counts[key] = (before[key] ?? 0) + later
  }
  return counts
}
