import type { Slot, SlotPool } from '../gpus/slot.ts'

/** Places in this very process, for functions: nothing of the machine is leased. */
export function plainSlots(count: number, cpus = 1): SlotPool {
  const slots: readonly Slot[] = Array.from({ length: count }, (_, i) => ({ id: `inline${i}`, gpus: [], cpus }))
  const free = [...slots]
  return {
    slots,
    acquire: (id) => {
      const place = id === undefined ? 0 : free.findIndex((slot) => slot.id === id)
      return place === -1 ? undefined : free.splice(place, 1)[0]
    },
    share: () => undefined,
    release: (slot) => {
      if (!free.includes(slot)) free.push(slot)
    },
    close: () => undefined,
  }
}
