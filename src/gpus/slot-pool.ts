import { availableParallelism } from 'node:os'
import { UserError } from '../base/errors.ts'
import { identify, livenessOf, type ProcessIdentity, thisProcess } from '../base/process-identity.ts'
import { discoverGpus } from './discover.ts'
import { changeLeases, defaultLeaseDir, type LeaseRow } from './lease-table.ts'
import type { Gpu, Slot, SlotPool } from './slot.ts'
import { claimsOf, type Resources, slotsOf } from './slots.ts'
import { visibilityInWords } from './visible.ts'

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
  return leasedSlots(slotsOf({ gpus, cores, because }, resources), options)
}

function onlyThese(gpus: readonly Gpu[], only: readonly string[]): Gpu[] {
  return only.map((name) => {
    const gpu = gpus.find((it) => (/^\d+$/.test(name) ? it.index === Number(name) : it.uuid.startsWith(name)))
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
  const leaseDir = options.leaseDir ?? defaultLeaseDir()
  const { holder } = options
  const self = thisProcess()
  const slots = all.slice(0, options.limit)
  /** Slot id to the lease that we hold on it. */
  const held = new Map<string, string>()
  let count = 0

  const change = (edit: (rows: readonly LeaseRow[]) => LeaseRow[] | undefined) => changeLeases(leaseDir, edit)
  const newRow = (slot: Slot, holders: readonly ProcessIdentity[]): LeaseRow => ({
    id: `${self.pid}-${self.startTime}-${count++}`,
    holder,
    slot: slot.id,
    claims: claimsOf(slot),
    holders: [self, ...holders],
    since: Date.now(),
  })

  return {
    slots,
    acquire: (id) => {
      const candidates = (id === undefined ? slots : all.filter((slot) => slot.id === id)).filter(
        (s) => !held.has(s.id),
      )
      if (candidates.length === 0) return undefined
      let taken: { readonly slot: Slot; readonly row: string } | undefined
      change((rows) => {
        for (const slot of candidates) {
          const left = rows.filter((row) => !(row.slot === slot.id && isLeftover(row, holder)))
          const row = newRow(slot, keepersOf(rows, left))
          if (!fits(left, row.claims)) continue
          taken = { slot, row: row.id }
          return [...left, row]
        }
        return undefined
      })
      if (taken !== undefined) held.set(taken.slot.id, taken.row)
      return taken?.slot
    },
    share: (slot, pid) => {
      const other = identify(pid)
      const id = held.get(slot.id)
      if (other === undefined || id === undefined) return
      change((rows) => rows.map((row) => (row.id === id ? withHolder(row, other) : row)))
    },
    release: (slot) => {
      const id = held.get(slot.id)
      if (id === undefined) return
      held.delete(slot.id)
      change((rows) => rows.filter((row) => row.id !== id))
    },
    close: () => {
      if (held.size === 0) return
      const ours = new Set(held.values())
      held.clear()
      change((rows) => rows.filter((row) => !ours.has(row.id)))
    },
  }
}

/** Of an earlier start of the same sweep: its orchestrator is dead, and what it left running is ours to look after. */
function isLeftover(row: LeaseRow, holder: string): boolean {
  return row.holder === holder && livenessOf(row.holders[0] as ProcessIdentity) === 'dead'
}

/** Those that still keep a slot busy which we take back. */
function keepersOf(before: readonly LeaseRow[], left: readonly LeaseRow[]): ProcessIdentity[] {
  return before.filter((row) => !left.includes(row)).flatMap((row) => row.holders.slice(1))
}

function withHolder(row: LeaseRow, other: ProcessIdentity): LeaseRow {
  const known = row.holders.some((it) => it.pid === other.pid && it.startTime === other.startTime)
  return known ? row : { ...row, holders: [...row.holders, other] }
}

/** Three thirds are one. */
const ROUNDING = 1e-6

function fits(rows: readonly LeaseRow[], claims: Readonly<Record<string, number>>): boolean {
  return Object.entries(claims).every(([unit, share]) => {
    const used = rows.reduce((sum, row) => sum + (row.claims[unit] ?? 0), 0)
    return used + share <= 1 + ROUNDING
  })
}
