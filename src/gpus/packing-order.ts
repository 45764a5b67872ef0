import type { Need, PackingPolicy } from './gpu-load.ts'
import { bestOf, devicesOf, hasRoom, putOn, type Room, wantsWhole } from './packing-room.ts'

// In which order waiting trials are offered the free room. Where it is known how long they take, several orders are
// played through to the end of the queue and the one that ends first is used: no single rule is good for all mixes.

/** Beyond this many waiting trials the end is too far away to be worth planning for. */
const MOST_PLANNED = 32
/** Where trials take less than this on average, in milliseconds, planning would take longer than it gains. */
const SHORT_MS = 5000
/** Orders tried times trials squared times GPUs: a few milliseconds. */
const EFFORT = 12_000

type Order = (a: Need, b: Need) => number

const time = ({ expectedMs }: Need) => expectedMs ?? 0
const byLength: Order = (a, b) => time(b) - time(a)
const byWork: Order = (a, b) => time(b) * devicesOf(b) - time(a) * devicesOf(a)
const byArea: Order = (a, b) => area(b) - area(a)
const bySize: Order = (a, b) =>
  devicesOf(b) - devicesOf(a) || Number(wantsWhole(b)) - Number(wantsWhole(a)) || byLength(a, b)

function area(need: Need): number {
  return time(need) * devicesOf(need) * (wantsWhole(need) ? Number.MAX_SAFE_INTEGER : (need.memoryBytes ?? 0))
}

/** Of needs that are equal to an order, the one that came first is first. */
export function inGoodOrder(rooms: readonly Room[], needs: readonly Need[], policy: PackingPolicy): readonly Need[] {
  const usual = [...needs].sort(bySize)
  const isForeseen = needs.every(({ expectedMs }) => expectedMs !== undefined)
  const total = needs.reduce((sum, need) => sum + time(need), 0)
  if (!isForeseen || needs.length < 2 || needs.length > MOST_PLANNED || total < SHORT_MS * needs.length) return usual
  const play = (order: readonly Need[]) => playedThrough(rooms, order, policy)
  let best = { order: usual as readonly Need[], end: play(usual) }
  const consider = (order: readonly Need[]): boolean => {
    const end = play(order)
    if (end >= best.end * (1 - 1e-9)) return false
    best = { order, end }
    return true
  }
  for (const order of [byLength, byWork, byArea]) consider([...needs].sort(order))
  consider(needs)
  improve(() => best.order, consider, EFFORT / (needs.length ** 2 * Math.max(1, rooms.length)))
  return best.order
}

/** Moves one trial to another place of the order, while that lets the last one end earlier. */
function improve(current: () => readonly Need[], consider: (order: readonly Need[]) => boolean, tries: number): void {
  let left = tries
  for (let found = true; found; ) {
    found = false
    for (const need of current()) {
      for (let to = 0; to < current().length; to++) {
        if (left-- <= 0) return
        const others = current().filter((it) => it !== need)
        if (consider(others.toSpliced(to, 0, need))) found = true
      }
    }
  }
}

interface Leaving {
  readonly at: number
  readonly room: Room
  readonly share: number
  readonly bytes: number
}

/**
 * Milliseconds until the last of them ends, if each starts as soon as there is room and takes what was foreseen; of those
 * that run and of which nothing is known, what trials take on average. Infinity when it cannot be foreseen.
 */
function playedThrough(rooms: readonly Room[], order: readonly Need[], policy: PackingPolicy): number {
  const copies = rooms.map((room) => ({ ...room }))
  const usual = order.reduce((sum, need) => sum + time(need), 0) / order.length
  const leaving = copies.flatMap((room) =>
    room.load.tenants.map(({ endsInMs, share }, i): Leaving => {
      return { at: endsInMs ?? usual, room, share, bytes: room.counts[i] as number }
    }),
  )
  let waiting = order
  let now = 0
  let end = 0
  while (waiting.length > 0) {
    const later: Need[] = []
    for (const need of waiting) {
      const free = copies.filter((room) => hasRoom(room, need, policy))
      if (free.length < devicesOf(need)) {
        later.push(need)
        continue
      }
      const chosen = bestOf(free, need)
      const { gpus } = putOn(chosen, need)
      const at = now + time(need)
      end = Math.max(end, at)
      for (const [i, { share, reserveBytes }] of gpus.entries()) {
        leaving.push({ at, room: chosen[i] as Room, share, bytes: reserveBytes })
      }
    }
    waiting = later
    if (waiting.length === 0) return end
    now = Math.min(...leaving.map(({ at }) => at))
    // What is left waits for other people.
    if (leaving.length === 0) return now
    for (const it of leaving.filter(({ at }) => at <= now)) leave(it)
    leaving.splice(0, leaving.length, ...leaving.filter(({ at }) => at > now))
  }
  return end
}

function leave({ room, share, bytes }: Leaving): void {
  room.tenants--
  room.freeShare += share
  room.freeBytes += bytes
  if (room.tenants === 0) room.closed = false
}
