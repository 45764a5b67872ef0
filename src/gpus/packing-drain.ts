import type { Need, PackingPolicy, PackingState, Tenant } from './gpu-load.ts'
import { demandOn, devicesOf, hasRoom, isEnough, isWhole, mayUse, type Room } from './packing-room.ts'

/**
 * The GPUs to keep free for one that waited too long, or undefined while other people's processes leave it none.
 *
 * Those that were chosen before stay chosen. Otherwise two GPUs could take turns at being nearly empty, each filled up
 * again while the other one is looked at, and the large trial would wait for ever.
 */
export function chooseDrained(
  rooms: readonly Room[],
  need: Need,
  { policy, kept }: { readonly policy: PackingPolicy; readonly kept?: PackingState['drained'] | undefined },
): Room[] | undefined {
  const held = kept?.key === need.key ? kept.gpus : []
  const able = rooms.filter((room) => couldHave(room, need, policy))
  const chosen = [...able].sort(
    (a, b) =>
      Number(held.includes(b.load.uuid)) - Number(held.includes(a.load.uuid)) ||
      compare(fitsIn(a, need, policy), fitsIn(b, need, policy)) ||
      a.tenants - b.tenants ||
      b.freeBytes - a.freeBytes,
  )
  return able.length < devicesOf(need) ? undefined : chosen.slice(0, devicesOf(need))
}

/** Milliseconds until it fits on all of them, as far as forecasts say; 0 where they say nothing. */
export function drainTime(rooms: readonly Room[], need: Need, policy: PackingPolicy): number {
  const time = Math.max(0, ...rooms.map((room) => fitsIn(room, need, policy)))
  return Number.isFinite(time) ? time : 0
}

/** Infinity when it is not known of each tenant that must leave, or when one has just been put there. */
function fitsIn(room: Room, need: Need, policy: PackingPolicy): number {
  const after = { ...room }
  let time = 0
  for (const { tenant, count } of bySoonestEnd(room)) {
    if (hasRoom(after, need, policy)) return time
    after.tenants--
    after.closed &&= !isWhole(tenant)
    after.freeShare += tenant.share
    after.freeBytes += count
    time = tenant.endsInMs ?? Number.POSITIVE_INFINITY
  }
  return hasRoom(after, need, policy) ? time : Number.POSITIVE_INFINITY
}

function bySoonestEnd({ load, counts }: Room) {
  const end = ({ endsInMs }: Tenant) => endsInMs ?? Number.MAX_VALUE
  return load.tenants
    .map((tenant, i) => ({ tenant, count: counts[i] as number }))
    .sort((a, b) => end(a.tenant) - end(b.tenant))
}

/** It fits once our own tenants are gone. */
function couldHave(room: Room, need: Need, policy: PackingPolicy): boolean {
  if (!mayUse(room, need) || (room.foreign && policy.polite !== false)) return false
  const { bytes, whole } = demandOn(room, need)
  return whole ? isEnough(room, need) : bytes <= room.capacity - room.load.foreignBytes
}

/** Of two infinities neither is smaller. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}
