import { inspectMachine, type Machine } from '../gpus/machine.ts'
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

export interface MachineOffer extends Machine {
  /** Slots of a sweep that says nothing about `resources:`. */
  readonly slots: readonly OfferedSlot[]
}

/** What this machine has for trials and who uses it. */
export async function machineOffer(): Promise<MachineOffer> {
  const machine = await inspectMachine()
  const slots = slotsOf({ gpus: machine.gpus, cores: machine.cores }, { gpus: 'auto', cpus: 1 })
  return {
    ...machine,
    slots: slots.map((slot) => {
      const units = Object.keys(claimsOf(slot))
      const rows = machine.leases.filter(({ claims }) => units.some((unit) => unit in claims))
      const heldBy = [...new Set(rows.map(({ holder }) => holder))]
      return { id: slot.id, gpus: slot.gpus.map(({ gpu }) => gpu.uuid), cpus: slot.cpus, heldBy }
    }),
  }
}
