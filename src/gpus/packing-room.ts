import type { GpuLoad, Need, PackingPolicy, Placement, Tenant } from './gpu-load.ts'

const MIB = 2 ** 20
/** Of a GPU's memory, kept free for what forecasts and drivers do not say. */
const MARGIN = 0.05
const LEAST_MARGIN = 512 * MIB
/** A display or a driver takes about this much without computing anything. */
const QUIET = 256 * MIB
const MOST_PER_GPU = 4
/** Three thirds are one. */
const ROUNDING = 1e-9

/** What is left of one GPU while a packing is made; the only thing here that changes. */
export interface Room {
  readonly load: GpuLoad
  /** Memory that may be given out at all. */
  readonly capacity: number
  /** Bytes that each of `load.tenants` counts. */
  readonly counts: readonly number[]
  /** Place in the preferred order; smaller is better. */
  readonly rank: number
  /** Other people compute on it. */
  readonly foreign: boolean
  /** Somebody has the whole of it. */
  closed: boolean
  /** Tenants, those just packed included. */
  tenants: number
  freeShare: number
  freeBytes: number
}

/** Memory of a GPU that reservations may add up to. */
export function capacityOf(memoryBytes: number): number {
  return Math.max(0, Math.floor(memoryBytes - Math.max(LEAST_MARGIN, MARGIN * memoryBytes)))
}

export function roomOf(load: GpuLoad, policy: PackingPolicy): Room {
  const capacity = capacityOf(load.memoryBytes)
  const place = policy.prefer?.indexOf(load.uuid) ?? -1
  const counts = load.tenants.map((tenant) => bytesOf(tenant, capacity))
  return {
    load,
    capacity,
    counts,
    rank: place === -1 ? (policy.prefer?.length ?? 0) : place,
    foreign: load.foreignBytes > QUIET,
    closed: load.tenants.some(isWhole),
    tenants: load.tenants.length,
    freeShare: load.tenants.reduce((left, tenant) => left - tenant.share, 1),
    freeBytes: capacity - load.foreignBytes - counts.reduce((sum, count) => sum + count, 0),
  }
}

export function isWhole({ share }: { readonly share: number }): boolean {
  return share >= 1 - ROUNDING
}

/** What a tenant counts: the larger of what it was promised and what it took. */
function bytesOf(tenant: Tenant, capacity: number): number {
  return Math.max(tenant.peakBytes, tenant.reservedBytes ?? Math.floor(tenant.share * capacity))
}

/** Nobody else may be on its GPUs. */
export function wantsWhole(need: Need): boolean {
  return need.alone === true || (need.memoryBytes === undefined && need.gpus >= 1)
}

/** How many GPUs it is on: a share is on one. */
export function devicesOf(need: Need): number {
  return Math.max(1, Math.ceil(need.gpus))
}

/** What it would take of that GPU, were it empty. `whole` = nobody beside it. */
export function demandOn({ capacity, load }: Room, need: Need): { share: number; bytes: number; whole: boolean } {
  const fixed = need.gpus < 1 ? need.gpus : 0
  if (load.memoryBytes === 0) {
    const whole = wantsWhole(need) || fixed === 0
    return { share: whole ? 1 : fixed, bytes: 0, whole }
  }
  const bytes = Math.floor(Math.max(need.memoryBytes ?? 0, fixed * capacity))
  const whole = wantsWhole(need) || bytes >= capacity
  return whole ? { share: 1, bytes: capacity, whole } : { share: bytes / capacity, bytes, whole }
}

/** The GPU is of a size that this need may have at all, whoever is on it now. */
export function mayUse({ load, capacity }: Room, need: Need): boolean {
  if (need.largerThanBytes !== undefined && load.memoryBytes <= need.largerThanBytes) return false
  return load.memoryBytes === 0 || (need.memoryBytes ?? 0) <= capacity
}

/** The same need, asking for no more memory than the largest GPUs have: a forecast may err. */
export function withinLargest(rooms: readonly Room[], need: Need): Need {
  const { memoryBytes, ...anySize } = need
  if (memoryBytes === undefined) return need
  const able = rooms.filter((room) => mayUse(room, anySize))
  const sizes = able.map(({ load, capacity }) => (load.memoryBytes === 0 ? Number.POSITIVE_INFINITY : capacity))
  const most = sizes.sort((a, b) => b - a)[devicesOf(need) - 1]
  return most === undefined || memoryBytes <= most ? need : { ...need, memoryBytes: most }
}

/** There is room for it now. */
export function hasRoom(room: Room, need: Need, policy: PackingPolicy): boolean {
  if (!mayUse(room, need) || (room.foreign && policy.polite !== false)) return false
  const { share, bytes, whole } = demandOn(room, need)
  if (whole) return room.tenants === 0 && isEnough(room, need)
  if (room.closed || room.tenants >= (policy.mostPerGpu ?? MOST_PER_GPU)) return false
  // Where the memory is known it alone counts: shares are parts of it.
  return room.load.memoryBytes === 0 ? share <= room.freeShare + ROUNDING : bytes <= room.freeBytes
}

/** What other people leave of an otherwise empty GPU: for an unknown need at least half of it. */
export function isEnough({ load, capacity, foreign }: Room, { memoryBytes }: Need): boolean {
  return !foreign || load.memoryBytes === 0 || (memoryBytes ?? capacity / 2) <= capacity - load.foreignBytes
}

/** As many as it needs: preferred, quiet and little used ones first; then where least memory is left over. */
export function bestOf(free: readonly Room[], need: Need): Room[] {
  // What needs an unknown amount is safest where there is most.
  const sign = wantsWhole(need) && need.memoryBytes === undefined ? -1 : 1
  return [...free]
    .sort(
      (a, b) =>
        Number(a.foreign) - Number(b.foreign) ||
        a.rank - b.rank ||
        a.tenants - b.tenants ||
        sign * (a.freeBytes - b.freeBytes),
    )
    .slice(0, devicesOf(need))
}

/** Takes it from the rooms. */
export function putOn(rooms: readonly Room[], need: Need): Placement {
  const gpus = rooms.map((room) => {
    const { share, bytes, whole } = demandOn(room, need)
    // On a GPU of which others have a part, the whole is the rest.
    const reserveBytes = whole ? Math.max(0, Math.min(bytes, room.freeBytes)) : bytes
    room.tenants++
    room.closed ||= whole
    room.freeShare -= share
    room.freeBytes -= reserveBytes
    return { uuid: room.load.uuid, share, reserveBytes }
  })
  return { key: need.key, gpus }
}
