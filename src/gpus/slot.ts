import type { Need } from './gpu-load.ts'
import type { FreeCheck } from './holder.ts'

/** One accelerator of this machine. */
export interface Gpu {
  readonly vendor: 'nvidia' | 'amd'
  /** Stable name: `GPU-1f...` (NVIDIA), the unique id (AMD). */
  readonly uuid: string
  /** Place in the vendor's list; changes between boots. */
  readonly index: number
  /** Number of the MIG device on that GPU; absent for whole GPUs. */
  readonly instance?: number
  readonly model: string
  /** 0 = not known. */
  readonly memoryBytes: number
  /** Used when looked at, by anybody. */
  readonly memoryUsedBytes: number
}

/** One place to run one trial: devices (or shares of one) and cores, leased from the machine. */
export interface Slot {
  /** Short and stable for people and the journal: `gpu0`, `gpu0.1` (second share), `cpu0`. */
  readonly id: string
  readonly gpus: readonly { readonly gpu: Gpu /** 0 < share <= 1 */; readonly share: number }[]
  readonly cpus: number
}

/** What is measured of the memory of GPUs, attempt by attempt; see `memory-watch.ts`. Nothing here throws. */
export interface GpuMemory {
  /** Called with a sentence when the driver stops telling. */
  onProblem: ((problem: string) => void) | undefined
  /** Whether the memory of all GPUs of a slot can be seen. */
  canWatch(slot: Slot): boolean
  /** An attempt is about to begin on a slot. `key` names it as `ownerOf` of its processes does. */
  begin(key: string, slot: Slot): void
  /** The most that it had of one GPU so far, in bytes; undefined = it was never seen. */
  peakOf(key: string): number | undefined
  /**
   * Looks until nothing is left of an attempt that has ended; drivers free late. Its slot is nobody's until then.
   * May be called again for what was still held.
   *
   * @param patienceMs @default 3000
   */
  end(key: string, patienceMs?: number): Promise<FreeCheck>
  /** The attempt left nothing behind that it needs to be asked about: it was too short to touch a GPU. */
  forget(key: string): void
  /** A look that begins now, for who waits for strangers to leave. */
  refresh(): Promise<void>
}

/**
 * The slots of this machine that one sweep may use. Leases are shared by all sweeps and users of the machine: a slot
 * that one holds, no other gets. A lease is held while its orchestrator or one of its attempts lives and never ends
 * by a timer.
 *
 * - `slots` = what this sweep could use if it were alone, at most `limit`.
 * - `acquire` answers at once: a slot, or undefined when none is free now (ask again later). `id` asks for that very
 *   slot, for an adopted attempt that already runs on it.
 * - `release` gives it back to the machine. `close` releases all.
 */
export interface SlotPool {
  readonly slots: readonly Slot[]
  /** What is measured of the memory of its GPUs; absent = it has none, or they cannot be seen. */
  readonly memory?: GpuMemory
  acquire(id?: string): Slot | undefined
  /**
   * Only where a slot is made for each trial: then `acquire` is for adopted attempts alone, and each slot is released
   * when its trial has ended. Answers at once with those that may start now, `most` at most.
   */
  place?(needs: readonly Need[], most: number): Placed
  /** Who else may keep the slot busy after the orchestrator died: pids of running attempts' keepers. */
  share(slot: Slot, pid: number): void
  release(slot: Slot): void
  /** Memory of the attempt that had it is still in use: says so to the whole machine. `pids` = who holds it. */
  quarantine?(slot: Slot, note: string, pids: readonly number[]): void
  /** That memory is free again. */
  endQuarantine?(slot: Slot): void
  close(): void
}

/** What waiting trials got. */
export interface Placed {
  /** By the key of the need. */
  readonly starts: readonly { readonly key: string; readonly slot: Slot }[]
  /** Keys of needs that no GPU of this sweep could ever take. */
  readonly impossible: readonly string[]
}
