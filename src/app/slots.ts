import type { SlotPool } from '../gpus/slot.ts'
import { openSlotPool } from '../gpus/slot-pool.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { LoopOptions } from './loop-options.ts'
import { processOwner } from './process-owner.ts'

/**
 * The places of this machine that a sweep's trials may run on. Nothing is leased yet. How many of them it uses at a time
 * is not decided here: a person may change that while it runs.
 *
 * @param holder the sweep's folder: no other sweep of the machine is called the same
 * @throws {EnvironmentError} SLOTS_TOO_FEW when not even one trial fits
 * @throws {UserError} GPU_UNKNOWN, GPUS_FRACTION
 */
export function openSlots(
  { resources }: SweepSpec,
  holder: string,
  { gpus }: Pick<LoopOptions, 'gpus'>,
): Promise<SlotPool> {
  return openSlotPool({
    resources,
    holder,
    ownerOf: processOwner,
    ...(gpus === undefined ? {} : { only: gpus }),
  })
}
