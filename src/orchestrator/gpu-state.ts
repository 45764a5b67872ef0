import type { Need } from '../gpus/gpu-load.ts'
import type { FreeCheck } from '../gpus/holder.ts'
import type { Params } from '../space/domain.ts'

/** What is known of a slot's memory after the attempt that had it has ended. */
export interface SeatCheck {
  readonly trial: number
  readonly key: string
  /** Milliseconds since 1970 at the attempt's end. */
  readonly since: number
  /** The answer that the next turn of the loop deals with. */
  answer?: FreeCheck
  /** Somebody holds its memory: the time of the next look, by the clock that never goes back, and how many there were. */
  held?: { readonly lookAt: number; readonly looks: number }
}

/** What the loop remembers of GPUs beside its seats. */
export interface GpuState {
  /** What the driver said when it stopped telling; not yet told to the person. */
  problem?: string
  problemSaid: boolean
  /** The person was told that memory is held on all slots. */
  allHeldSaid: boolean
  /** Trials that asked for a larger GPU than there is. */
  readonly anySize: Set<number>
  /** Trials have asked for room, so GPUs may be kept free for one of them. */
  asked: boolean
  /** When strangers were looked for, by the clock that never goes back. */
  strangersAt: number
}

export function newGpuState(): GpuState {
  return {
    problemSaid: false,
    allHeldSaid: false,
    anySize: new Set(),
    asked: false,
    strangersAt: Number.NEGATIVE_INFINITY,
  }
}

/** What trials need of GPUs, as far as it is known; learns from those that ended. */
export interface GpuNeeds {
  /** @returns without `memoryBytes` when it is not known: the trial then gets GPUs of its own */
  of(params: Params): Pick<Need, 'gpus' | 'memoryBytes' | 'expectedMs'>
  learn(params: Params, seen: SeenMemory): void
}

/** What one attempt showed. */
export interface SeenMemory {
  readonly ended: 'finished' | 'out-of-memory'
  /** The most that it had of one GPU; absent = it was not seen. */
  readonly peakBytes?: number
  /** Out of memory: the memory of the GPU that was not enough. */
  readonly limitBytes?: number
  readonly tookMs?: number
}
