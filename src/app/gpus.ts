import { inspectMachine, type Machine } from '../gpus/machine.ts'
import type { Gpu } from '../gpus/slot.ts'
import { claimsOf, slotsOf } from '../gpus/slots.ts'

/** One place to run a trial, and which sweep has it now. */
export interface OfferedSlot {
  readonly id: string
  /** GPUs it has, by UUID; none on a machine that runs trials on its cores. */
  readonly gpus: readonly string[]
  readonly cpus: number
  /** Folders of the sweeps that hold it or a share of it; empty = free. */
  readonly heldBy: readonly string[]
}

/** What is promised of one GPU and what was seen, in bytes. */
export interface GpuUse {
  /** UUID */
  readonly gpu: string
  readonly trials: number
  readonly reservedBytes: number
  /** Sum of the most that each running trial has had; some may be on several GPUs, and count in full on each. */
  readonly peakBytes: number
}

export interface MachineOffer extends Machine {
  readonly uses: readonly GpuUse[]
  /** Slots of a sweep that says nothing about `resources:`. */
  readonly slots: readonly OfferedSlot[]
}

/** What this machine has for trials and who uses it. */
export async function machineOffer(): Promise<MachineOffer> {
  const machine = await inspectMachine()
  const slots = slotsOf({ gpus: machine.gpus, cores: machine.cores }, { gpus: 'auto', cpus: 1 })
  return {
    ...machine,
    uses: machine.gpus.map((gpu) => useOf(gpu, machine.leases)),
    slots: slots.map((slot) => {
      const units = Object.keys(claimsOf(slot))
      const rows = machine.leases.filter(({ claims }) => units.some((unit) => unit in claims))
      const heldBy = [...new Set(rows.map(({ holder }) => holder))]
      return { id: slot.id, gpus: slot.gpus.map(({ gpu }) => gpu.uuid), cpus: slot.cpus, heldBy }
    }),
  }
}

function useOf({ uuid, memoryBytes }: Gpu, leases: Machine['leases']): GpuUse {
  const rows = leases.filter(({ claims }) => claims[uuid] !== undefined)
  const reserved = rows.map((row) => row.reserved?.[uuid] ?? (row.claims[uuid] ?? 0) * memoryBytes)
  return {
    gpu: uuid,
    trials: rows.length,
    reservedBytes: Math.round(sum(reserved)),
    peakBytes: sum(rows.map(({ peakBytes = 0 }) => peakBytes)),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
