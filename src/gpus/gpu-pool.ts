import type { GpuLoad, Need, PackingPolicy, PackingState, Placement, Tenant } from './gpu-load.ts'
import { defaultLeaseDir, type LeaseRow } from './lease-table.ts'
import type { MemoryWatch } from './memory-watch.ts'
import { keepersOf, OwnLeases } from './own-leases.ts'
import { pack } from './packing.ts'
import type { Gpu, Placed, Slot, SlotPool } from './slot.ts'
import { gpuName } from './slots.ts'

export interface GpuPoolOptions {
  readonly gpus: readonly Gpu[]
  /** What this sweep could use if it were alone, one for each trial at a time. */
  readonly slots: readonly Slot[]
  /** Cores a trial. */
  readonly cpus: number
  /** Which sweep, as no other of this machine is called: its folder. */
  readonly holder: string
  readonly leaseDir?: string
  readonly policy: PackingPolicy
  /** What is measured; absent = leases are all that is known. */
  readonly memory?: MemoryWatch
}

/** A peak is written down again when it is larger by this factor. */
const GROWN = 1.05
/** Waiting trials that are looked at in one go. */
const MOST_NEEDS = 64

/** Makes a slot of the GPUs for each trial as it starts, with as much memory set aside as the trial needs. */
export function gpuPool(options: GpuPoolOptions): SlotPool {
  return new GpuPool(options)
}

class GpuPool implements SlotPool {
  readonly slots: readonly Slot[]
  readonly memory?: MemoryWatch
  readonly #options: GpuPoolOptions
  readonly #leases: OwnLeases
  /** Whether a large trial of ours asks others for room. */
  #want: LeaseRow | undefined
  #state: PackingState | undefined
  /** Peaks that the table has, by slot. */
  readonly #noted = new Map<string, number>()
  /** When those that run probably end, in milliseconds since 1970, by slot; absent = nothing is foreseen. */
  readonly #ends = new Map<string, number>()
  /** By need that waits: since when (as rows have it), and the leases of other sweeps that have overtaken it. */
  readonly #waiting = new Map<string, { readonly since: number; readonly overtakenBy: Set<string> }>()

  constructor(options: GpuPoolOptions) {
    this.slots = options.slots
    this.#options = options
    this.#leases = new OwnLeases(options.leaseDir ?? defaultLeaseDir(), options.holder)
    if (options.memory === undefined) return
    this.memory = options.memory
    options.memory.onLook = () => this.#notePeaks(options.memory)
  }

  /** For an attempt that still runs: what its lease says, or what is left of its GPU when the lease is lost. */
  acquire(id?: string): Slot | undefined {
    if (id === undefined || this.#leases.has(id)) return undefined
    let taken: Slot | undefined
    this.#leases.change((rows) => {
      const old = rows.find((row) => row.slot === id && this.#leases.isLeftover(row))
      const left = rows.filter((row) => row !== old)
      const slot = old === undefined ? this.#rest(id, rows) : this.#slotOf(id, old.claims)
      if (slot === undefined) return undefined
      const row = { ...this.#leases.newRow(slot, keepersOf(rows, left)), ...reservedBy(old) }
      taken = slot
      this.#leases.hold(row)
      return [...left, row]
    })
    return taken
  }

  place(needs: readonly Need[], most = Number.POSITIVE_INFINITY): Placed {
    const looked = needs.slice(0, MOST_NEEDS)
    const room = Math.max(0, Math.min(most, this.slots.length - this.#leases.slots.length))
    this.#remember(looked)
    let placed: Placed = { starts: [], impossible: [] }
    this.#leases.change((rows) => {
      const others = rows.filter((row) => !this.#leases.isLeftover(row) && row.id !== this.#want?.id)
      const before = this.#overtaken(others, looked)
      const { starts, impossible, state } = pack(this.#loads(others), looked, {
        ...this.#options.policy,
        before,
        most: room,
      })
      const made = starts.map((placement) => this.#make(placement))
      placed = { starts: made.map(({ key, slot }) => ({ key, slot })), impossible }
      for (const { key, slot } of placed.starts)
        this.#foresee(
          slot,
          looked.find((need) => need.key === key),
        )
      const want = this.#wantFor(state)
      const changed = made.length > 0 || want !== this.#want || others.length + (want ? 1 : 0) !== rows.length
      this.#state = state
      this.#want = want
      return changed ? [...others, ...made.map(({ row }) => row), ...(want === undefined ? [] : [want])] : undefined
    })
    return placed
  }

  share(slot: Slot, pid: number): void {
    this.#leases.share(slot, pid)
  }

  release(slot: Slot): void {
    this.#noted.delete(slot.id)
    this.#ends.delete(slot.id)
    this.#leases.release(slot)
  }

  quarantine(slot: Slot, note: string, pids: readonly number[]): void {
    this.#leases.quarantine(slot, note, pids)
  }

  endQuarantine(slot: Slot): void {
    this.#leases.endQuarantine(slot)
  }

  close(): void {
    this.#options.memory?.close()
    const want = this.#want
    this.#want = undefined
    this.#leases.close(want === undefined ? undefined : (row) => row.id === want.id)
  }

  /** Written down only when one has grown: every sweep of the machine reads that table. */
  #notePeaks(memory: MemoryWatch | undefined): void {
    const peaks = new Map<string, number>()
    for (const slot of this.#leases.slots) {
      const peak = memory?.peakOn(slot) ?? 0
      if (peak > (this.#noted.get(slot) ?? 0) * GROWN) peaks.set(slot, peak)
    }
    if (peaks.size === 0) return
    for (const [slot, peak] of peaks) this.#noted.set(slot, peak)
    try {
      this.#leases.notePeaks(peaks)
    } catch {
      // For people only; whoever needs the table says what is wrong with it.
    }
  }

  #remember(needs: readonly Need[]): void {
    const keys = new Set(needs.map(({ key }) => key))
    for (const key of this.#waiting.keys()) if (!keys.has(key)) this.#waiting.delete(key)
    for (const key of keys) {
      if (!this.#waiting.has(key)) this.#waiting.set(key, { since: Date.now(), overtakenBy: new Set() })
    }
  }

  /** What packing counts of our own queue, and the trials of other sweeps that got a GPU while ours wait. */
  #overtaken(rows: readonly LeaseRow[], needs: readonly Need[]): PackingState {
    const passedOver: Record<string, number> = { ...this.#state?.passedOver }
    const theirs = rows.filter((row) => row.holder !== this.#leases.holder && row.wants === undefined)
    for (const { key } of needs) {
      const { since, overtakenBy } = this.#waiting.get(key) ?? { since: 0, overtakenBy: new Set<string>() }
      const news = theirs.filter((row) => row.since > since && !overtakenBy.has(row.id))
      for (const { id } of news) overtakenBy.add(id)
      if (news.length > 0) passedOver[key] = (passedOver[key] ?? 0) + news.length
    }
    return { ...this.#state, passedOver }
  }

  #loads(rows: readonly LeaseRow[]): GpuLoad[] {
    return this.#options.gpus.map((gpu) => {
      const tenants = rows.flatMap((row) => this.#tenantOf(row, gpu))
      const { memory } = this.#options
      const promised = tenants.reduce((sum, it) => sum + (it.reservedBytes ?? it.share * gpu.memoryBytes), 0)
      const foreignBytes = memory?.foreignBytes(gpu, promised) ?? 0
      return { uuid: gpu.uuid, memoryBytes: gpu.memoryBytes, foreignBytes, tenants }
    })
  }

  #tenantOf(row: LeaseRow, { uuid }: Gpu): Tenant[] {
    // A large trial of another sweep asked first: to us the GPU is full.
    if (row.wants?.includes(uuid) && row.since < (this.#want?.since ?? Number.POSITIVE_INFINITY)) {
      return [{ key: row.id, share: 1, reservedBytes: 0, peakBytes: 0 }]
    }
    const share = row.claims[uuid]
    if (share === undefined) return []
    const peakBytes = (this.#leases.isOurs(row) ? this.#options.memory?.peakOn(row.slot) : row.peakBytes) ?? 0
    const reserved = row.reserved?.[uuid]
    return [
      {
        key: row.id,
        share,
        ...(reserved === undefined ? {} : { reservedBytes: reserved }),
        peakBytes,
        ...(this.#leases.isOurs(row) ? this.#endsIn(row.slot) : {}),
      },
    ]
  }

  #foresee(slot: Slot, need: Need | undefined): void {
    if (need?.expectedMs !== undefined) this.#ends.set(slot.id, Date.now() + need.expectedMs)
  }

  /** One that takes longer than was foreseen may take for ever. */
  #endsIn(slot: string): { readonly endsInMs?: number } {
    const left = (this.#ends.get(slot) ?? 0) - Date.now()
    return left > 0 ? { endsInMs: left } : {}
  }

  #make({ key, gpus }: Placement): { readonly key: string; readonly slot: Slot; readonly row: LeaseRow } {
    const parts = gpus.flatMap(({ uuid, share }) => {
      const gpu = this.#options.gpus.find((it) => it.uuid === uuid)
      return gpu === undefined ? [] : [{ gpu, share: Math.min(1, share) }]
    })
    const slot: Slot = { id: this.#nameFor(parts), gpus: parts, cpus: this.#options.cpus }
    const reserved = Object.fromEntries(gpus.map(({ uuid, reserveBytes }) => [uuid, reserveBytes]))
    const row = { ...this.#leases.newRow(slot), reserved }
    this.#leases.hold(row)
    return { key, slot, row }
  }

  /** `gpu0` and `gpu0+gpu1` for whole GPUs, `gpu0.1` for the second that shares one. */
  #nameFor(parts: Slot['gpus']): string {
    const name = parts.map(({ gpu }) => gpuName(gpu)).join('+')
    if (parts.every(({ share }) => share === 1)) return name
    for (let i = 0; ; i++) if (!this.#leases.has(`${name}.${i}`)) return `${name}.${i}`
  }

  #slotOf(id: string, claims: Readonly<Record<string, number>>): Slot | undefined {
    const gpus = this.#options.gpus.flatMap((gpu) => {
      const share = claims[gpu.uuid]
      return share === undefined ? [] : [{ gpu, share }]
    })
    return gpus.length === 0 ? undefined : { id, gpus, cpus: this.#options.cpus }
  }

  #rest(id: string, rows: readonly LeaseRow[]): Slot | undefined {
    const names = id.replace(/\.\d+$/, '').split('+')
    const gpus = this.#options.gpus.filter((gpu) => names.includes(gpuName(gpu)))
    const claims = gpus.map(({ uuid }) => {
      const left = 1 - rows.reduce((sum, row) => sum + (row.claims[uuid] ?? 0), 0)
      return [uuid, id.includes('.') ? left / 2 : left] as const
    })
    const enough = gpus.length === names.length && claims.every(([, share]) => share > 0.01)
    return enough ? this.#slotOf(id, Object.fromEntries(claims)) : undefined
  }

  /** Announced to other sweeps, which then leave these GPUs free. */
  #wantFor({ drained }: PackingState): LeaseRow | undefined {
    if (drained === undefined) return undefined
    const same = this.#want?.wants?.join() === drained.gpus.join()
    return same ? this.#want : this.#leases.newWant(drained.gpus)
  }
}

function reservedBy(row: LeaseRow | undefined): Pick<LeaseRow, 'reserved'> {
  return row?.reserved === undefined ? {} : { reserved: row.reserved }
}
