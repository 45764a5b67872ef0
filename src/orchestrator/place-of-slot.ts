import type { Slot } from '../gpus/slot.ts'

/**
 * The place of a slot among those of the machine, which its cores follow from.
 * With GPUs it follows from the GPU's number, so that sweeps on different GPUs (`--gpus 0` and `--gpus 1`) have
 * different cores, and so that a slot made for one trial has a place though it is in no list.
 *
 * @param all what this sweep could use if it were alone
 * @returns 0 and up; -1 when a slot without GPUs is not in the list
 */
export function placeOf(slot: Slot, all: readonly Slot[]): number {
  const [first] = slot.gpus
  if (first === undefined) return all.findIndex(({ id }) => id === slot.id)
  const shares = mostOf(all.map(shareOf))
  const instances = mostOf(all.map(instanceOf))
  // Of slots with two GPUs, every second place would be nobody's.
  const group = Math.floor(first.gpu.index / slot.gpus.length)
  return (group * instances + instanceOf(slot)) * shares + shareOf(slot)
}

/** How many there are when the last one has one of these numbers. */
function mostOf(numbers: readonly number[]): number {
  return 1 + Math.max(0, ...numbers)
}

/** 1 for `gpu0.1`, 0 for `gpu0`. */
function shareOf({ id }: Slot): number {
  return Number(/\.(\d+)$/.exec(id)?.[1] ?? 0)
}

/** Of a MIG device on its GPU. */
function instanceOf({ gpus: [first] }: Slot): number {
  return first?.gpu.instance ?? 0
}
