import { SweepError } from '../base/errors.ts'
import type { SweepSummary } from '../journal/summary.ts'

/** What a slot was promised of the memory of its GPUs and what its trial has had so far, in bytes. */
export interface SlotMemory {
  readonly slot: string
  /** On the GPU where it is most. */
  readonly reservedBytes?: number
  readonly peakBytes?: number
  /** Memory of a trial that has ended, and by whom it is still held: nothing is put there. */
  readonly held?: string
}

/** Of the slots with GPUs that a running sweep holds on this machine. Reads the table of leases; takes no lock. */
export async function slotMemory(sweepDir: string, { running }: SweepSummary): Promise<SlotMemory[]> {
  // The table is read by a library that would make every status slower.
  if (running.length > 0 && !running.some(({ slot }) => slot.startsWith('gpu'))) return []
  const { defaultLeaseDir, livingLeases } = await import('../gpus/lease-table.ts')
  try {
    return livingLeases(defaultLeaseDir())
      .filter(({ holder, slot }) => holder === sweepDir && slot.startsWith('gpu'))
      .map(({ slot, reserved, peakBytes, quarantine }) => ({
        slot,
        ...(reserved === undefined ? {} : { reservedBytes: Math.max(0, ...Object.values(reserved)) }),
        ...(peakBytes === undefined ? {} : { peakBytes }),
        ...(quarantine === undefined ? {} : { held: quarantine.note }),
      }))
  } catch (error) {
    // What is wrong with the table is said by `sweep doctor`.
    if (error instanceof SweepError) return []
    throw error
  }
}
