import { availableParallelism } from 'node:os'
import { UserError } from '../base/errors.ts'
import { discoverGpus } from './discover.ts'
import { gpuPool } from './gpu-pool.ts'
import { defaultLeaseDir, type LeaseRow } from './lease-table.ts'
import { hasVisibleMemory, lookAtMemory } from './memory-look.ts'
import { MemoryWatch, type MemoryWatchOptions } from './memory-watch.ts'
import { keepersOf, OwnLeases } from './own-leases.ts'
import type { Gpu, Slot, SlotPool } from './slot.ts'
import { MOST_PER_GPU, type Resources, type Supply, sharedSlots, slotsOf } from './slots.ts'
import { visibilityInWords } from './visible.ts'

/** Milliseconds that a look at the memory may take. */
const LOOK_MS = 5000

export interface SlotPoolOptions {
  readonly resources: Resources
  /** Which sweep, as no other of this machine is called: its folder. A later start of it gets its slots back. */
  readonly holder: string
  /** Slots at most. */
  readonly limit?: number
  /** Only these GPUs, by place or (the beginning of) UUID; as in `--gpus 0,1`. */
  readonly only?: readonly string[]
  /** @default SWEEP_LEASE_DIR, or sweep-leases in the folder for temporary files */
  readonly leaseDir?: string
  /** @default the cores that this process may use */
  readonly cores?: number
  /** The attempt that a process works for; absent = memory of GPUs is not watched. */
  readonly ownerOf?: MemoryWatchOptions['ownerOf']
}

/**
 * Looks at the machine and opens the slots that it has for one sweep. Takes no lease yet.
 *
 * @throws {EnvironmentError} SLOTS_TOO_FEW when not even one trial fits
 * @throws {UserError} GPU_UNKNOWN, GPUS_FRACTION
 */
export async function openSlotPool(options: SlotPoolOptions): Promise<SlotPool> {
  const { resources, only } = options
  const cores = options.cores ?? availableParallelism()
  if (resources.gpus === 0 && only === undefined) return leasedSlots(slotsOf({ gpus: [], cores }, resources), options)
  const found = await discoverGpus()
  const gpus = only === undefined ? found.gpus : onlyThese(found.gpus, only)
  const because = [visibilityInWords(process.env), ...found.problems].filter((text) => text !== '').join('; ')
  const slots = slotsOf({ gpus, cores, because }, resources)
  return slots.every((slot) => slot.gpus.length === 0)
    ? leasedSlots(slots, options)
    : poolOnGpus({ gpus, cores, because }, options)
}

function poolOnGpus(supply: Supply, options: SlotPoolOptions): SlotPool {
  const { resources, holder, limit, leaseDir, ownerOf } = options
  const { gpus } = supply
  const { gpus: each, cpus, mostPerGpu, polite = false } = resources
  const seen = gpus.filter(hasVisibleMemory)
  const asked = { env: process.env, timeoutMs: LOOK_MS }
  const watched = ownerOf !== undefined && seen.length > 0
  const memory = watched ? new MemoryWatch({ gpus: seen, look: () => lookAtMemory(seen, asked), ownerOf }) : undefined
  const shared = each === 'auto' && (memory !== undefined || resources.gpuMemoryBytes !== undefined)
  const slots = shared
    ? sharedSlots(supply, { cpus, ...(mostPerGpu && { most: mostPerGpu }) })
    : slotsOf(supply, resources)
  // A share says how many fit by itself.
  const most = mostPerGpu ?? (each === 'auto' ? MOST_PER_GPU : Number.POSITIVE_INFINITY)
  return gpuPool({
    gpus,
    slots: slots.slice(0, limit),
    cpus,
    holder,
    policy: { mostPerGpu: most, polite, prefer: uuidsOf(gpus, resources.prefer ?? []) },
    ...(leaseDir === undefined ? {} : { leaseDir }),
    ...(memory === undefined ? {} : { memory }),
  })
}

/** Preferences of a file that is used on several machines: those that are not here say nothing. */
function uuidsOf(gpus: readonly Gpu[], names: readonly string[]): string[] {
  return names.flatMap((name) => gpus.find((gpu) => isCalled(gpu, name))?.uuid ?? [])
}

function isCalled(gpu: Gpu, name: string): boolean {
  return /^\d+$/.test(name) ? gpu.index === Number(name) : gpu.uuid.startsWith(name)
}

function onlyThese(gpus: readonly Gpu[], only: readonly string[]): Gpu[] {
  return only.map((name) => {
    const gpu = gpus.find((it) => isCalled(it, name))
    if (gpu !== undefined) return gpu
    const known = gpus.length === 0 ? 'none' : gpus.map((it) => `${it.index} (${it.model})`).join(', ')
    throw new UserError(`There is no GPU "${name}" here. Known: ${known}. No trial was started.`, {
      code: 'GPU_UNKNOWN',
      suggestions: ['sweep gpus'],
    })
  })
}

/** A slot pool over given slots; see {@link openSlotPool}. */
export function leasedSlots(
  all: readonly Slot[],
  options: Pick<SlotPoolOptions, 'holder' | 'limit' | 'leaseDir'>,
): SlotPool {
  const leases = new OwnLeases(options.leaseDir ?? defaultLeaseDir(), options.holder)
  const slots = all.slice(0, options.limit)
  return {
    slots,
    acquire: (id) => {
      const candidates = (id === undefined ? slots : all.filter((slot) => slot.id === id)).filter(
        (s) => !leases.has(s.id),
      )
      if (candidates.length === 0) return undefined
      let taken: { readonly slot: Slot; readonly row: LeaseRow } | undefined
      leases.change((rows) => {
        for (const slot of candidates) {
          const left = rows.filter((row) => !(row.slot === slot.id && leases.isLeftover(row)))
          const row = leases.newRow(slot, keepersOf(rows, left))
          if (!fits(left, row.claims)) continue
          taken = { slot, row }
          return [...left, row]
        }
        return undefined
      })
      if (taken !== undefined) leases.hold(taken.row)
      return taken?.slot
    },
    share: (slot, pid) => leases.share(slot, pid),
    release: (slot) => leases.release(slot),
    close: () => leases.close(),
  }
}

/** Three thirds are one. */
const ROUNDING = 1e-6

function fits(rows: readonly LeaseRow[], claims: Readonly<Record<string, number>>): boolean {
  return Object.entries(claims).every(([unit, share]) => {
    const used = rows.reduce((sum, row) => sum + (row.claims[unit] ?? 0), 0)
    return used + share <= 1 + ROUNDING
  })
}
