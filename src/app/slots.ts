import { availableParallelism } from 'node:os'
import type { SlotPool } from '../gpus/slot.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { LoopOptions } from './loop-options.ts'
import { plainSlots } from './plain-slots.ts'

/**
 * The places that a sweep's trials may run on.
 *
 * @throws {EnvironmentError} when the machine has fewer GPUs or cores than one trial asks for
 */
export async function openSlots(
  spec: SweepSpec,
  _id: string,
  { limit }: Pick<LoopOptions, 'gpus' | 'limit'>,
): Promise<SlotPool> {
  return plainSlots(Math.min(limit ?? spec.parallel ?? availableParallelism(), 64))
}
