import { identify, livenessOf, type ProcessIdentity, thisProcess } from '../base/process-identity.ts'
import { changeLeases, type LeaseRow } from './lease-table.ts'
import type { Slot } from './slot.ts'
import { claimsOf } from './slots.ts'

/** The rows of the lease table that one sweep has made in this process, by the slot they are for. */
export class OwnLeases {
  readonly leaseDir: string
  readonly holder: string
  readonly #self = thisProcess()
  readonly #held = new Map<string, string>()
  #count = 0

  constructor(leaseDir: string, holder: string) {
    this.leaseDir = leaseDir
    this.holder = holder
  }

  get slots(): readonly string[] {
    return [...this.#held.keys()]
  }

  has(slotId: string): boolean {
    return this.#held.has(slotId)
  }

  isOurs(row: LeaseRow): boolean {
    return this.#held.get(row.slot) === row.id
  }

  change(edit: (rows: readonly LeaseRow[]) => LeaseRow[] | undefined): void {
    changeLeases(this.leaseDir, edit)
  }

  newRow(slot: Slot, others: readonly ProcessIdentity[] = []): LeaseRow {
    const { leaseDir: _, holder } = this
    return {
      id: this.#newId(),
      holder,
      slot: slot.id,
      claims: claimsOf(slot),
      holders: [this.#self, ...others],
      since: Date.now(),
    }
  }

  /** A row that takes nothing, and asks the others to leave these GPUs free for a large trial of ours. */
  newWant(uuids: readonly string[]): LeaseRow {
    const holders = [this.#self]
    return {
      id: this.#newId(),
      holder: this.holder,
      slot: '',
      claims: {},
      wants: [...uuids],
      holders,
      since: Date.now(),
    }
  }

  /** After its row was written. */
  hold(row: LeaseRow): void {
    this.#held.set(row.slot, row.id)
  }

  /** Of an earlier start of the same sweep: its orchestrator is dead, and what it left running is ours to look after. */
  isLeftover(row: LeaseRow): boolean {
    const orphaned = row.holder === this.holder && livenessOf(row.holders[0] as ProcessIdentity) === 'dead'
    return orphaned && !isHeldFast(row)
  }

  share(slot: Slot, pid: number): void {
    const other = identify(pid)
    if (other !== undefined) this.#edit(slot, (row) => withHolder(row, other))
  }

  release(slot: Slot): void {
    this.#edit(slot, leftBehind)
    this.#held.delete(slot.id)
  }

  /** Says why a slot is kept from everybody. It stays so while one of `pids` lives, also when we are done. */
  quarantine(slot: Slot, note: string, pids: readonly number[]): void {
    const heldBy = pids.flatMap((pid) => identify(pid) ?? [])
    this.#edit(slot, (row) => ({ ...row, quarantine: { note, heldBy } }))
  }

  /** How much the attempts on our slots were seen to have, for all to see. */
  notePeaks(peaks: ReadonlyMap<string, number>): void {
    this.change((rows) =>
      rows.map((row) => {
        const peakBytes = this.isOurs(row) ? peaks.get(row.slot) : undefined
        return peakBytes === undefined ? row : { ...row, peakBytes }
      }),
    )
  }

  /** It is as usable as before. */
  endQuarantine(slot: Slot): void {
    this.#edit(slot, ({ quarantine: _, ...row }) => row)
  }

  /** Gives everything back. @param also whether another row goes with them */
  close(also?: (row: LeaseRow) => boolean): void {
    const ours = new Set(this.#held.values())
    this.#held.clear()
    if (ours.size === 0 && also === undefined) return
    this.change((rows) =>
      rows.filter((row) => also?.(row) !== true).flatMap((row) => (ours.has(row.id) ? (leftBehind(row) ?? []) : row)),
    )
  }

  #edit(slot: Slot, edit: (row: LeaseRow) => LeaseRow | undefined): void {
    const id = this.#held.get(slot.id)
    if (id !== undefined) this.change((rows) => rows.flatMap((row) => (row.id === id ? (edit(row) ?? []) : row)))
  }

  #newId(): string {
    return `${this.#self.pid}-${this.#self.startTime}-${this.#count++}`
  }
}

/** Those that still keep a slot busy which we take back. */
export function keepersOf(before: readonly LeaseRow[], left: readonly LeaseRow[]): ProcessIdentity[] {
  return before.filter((row) => !left.includes(row)).flatMap((row) => row.holders.slice(1))
}

function withHolder(row: LeaseRow, other: ProcessIdentity): LeaseRow {
  const known = row.holders.some((it) => it.pid === other.pid && it.startTime === other.startTime)
  return known ? row : { ...row, holders: [...row.holders, other] }
}

/** A process that is none of its sweep's still has its memory. */
function isHeldFast({ quarantine }: LeaseRow): boolean {
  return quarantine?.heldBy.some((it) => livenessOf(it) !== 'dead') ?? false
}

/** What is left of a row when its sweep lets go. */
function leftBehind(row: LeaseRow): LeaseRow | undefined {
  return isHeldFast(row) && row.quarantine !== undefined ? { ...row, holders: row.quarantine.heldBy } : undefined
}
