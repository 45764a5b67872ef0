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
  acquire(id?: string): Slot | undefined
  /** Who else may keep the slot busy after the orchestrator died: pids of running attempts' keepers. */
  share(slot: Slot, pid: number): void
  release(slot: Slot): void
  close(): void
}
