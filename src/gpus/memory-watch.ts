import { type FreeCheck, type Holder, identifyHolder } from './holder.ts'
import { type GpuProcess, hasVisibleMemory, type MemoryLook } from './memory-look.ts'
import { MemorySampler } from './memory-sampler.ts'
import type { Gpu, GpuMemory, Slot } from './slot.ts'

/** Milliseconds that drivers may take to give the memory of a dead process back, and the pauses between looks. */
const PATIENCE_MS = 3000
const PAUSES_MS = [50, 100, 200, 400, 800] as const
/** Memory of a GPU that goes up and down by itself; the smallest leak, an empty CUDA context, has more. */
const TOLERANCE_BYTES = 128 * 1024 ** 2
const TOLERANCE_SHARE = 0.005

/** A driver and a display have up to this much, which the margin of packing covers. */
const DRIVER_BYTES = 512 * 1024 ** 2

/** One attempt's use of GPUs, while it runs and until its memory was checked. */
interface Use {
  readonly slot: string
  readonly gpus: readonly Gpu[]
  /** Nobody else has a share of its GPUs: then all memory that was not there before is its own. */
  readonly whole: boolean
  /** performance.now() */
  readonly since: number
  /** Processes that were seen to be its own. */
  readonly pids: Set<number>
  /** What nobody was seen to have, by UUID, in bytes, while or before it ran; the least of all looks. */
  readonly before: Map<string, number>
  peak: number | undefined
}

export interface MemoryWatchOptions {
  readonly gpus: readonly Gpu[]
  /** Asks the driver. Must not throw and must end by itself. */
  readonly look: () => Promise<MemoryLook>
  /** The attempt that a process works for, as {@link MemoryWatch.begin} was told it or as another sweep calls it. */
  readonly ownerOf: (pid: number) => string | undefined
}

/**
 * Keeps the books on GPU memory: what each attempt has at most, whether it is free again when the attempt has ended,
 * and what strangers have. Looks only while an attempt runs or is checked, and never twice at once.
 */
export class MemoryWatch implements GpuMemory {
  /** Called with what is wrong when the driver stops telling, once each time. */
  onProblem: ((problem: string) => void) | undefined
  /** Called after each look that saw something. */
  onLook: (() => void) | undefined
  readonly #options: MemoryWatchOptions
  readonly #sampler: MemorySampler
  readonly #uses = new Map<string, Use>()
  #latest: MemoryLook | undefined
  #foreign = new Map<string, number>()
  #problem: string | undefined

  constructor(options: MemoryWatchOptions) {
    this.#options = options
    this.#sampler = new MemorySampler(options.look, (look) => this.#take(look))
  }

  /** Whether the memory of all GPUs of a slot can be watched; a slot without GPUs has none. */
  canWatch({ gpus }: Slot): boolean {
    return gpus.length > 0 && gpus.every(({ gpu }) => hasVisibleMemory(gpu))
  }

  /** An attempt is about to begin on a slot. */
  begin(key: string, { id, gpus }: Slot): void {
    const before = new Map(gpus.map(({ gpu }) => [gpu.uuid, this.#nobodys(gpu) ?? gpu.memoryUsedBytes]))
    const whole = gpus.every(({ share }) => share > 1 - 1e-6)
    const since = performance.now()
    const devices = gpus.map(({ gpu }) => gpu)
    this.#uses.set(key, { slot: id, gpus: devices, whole, since, pids: new Set(), before, peak: undefined })
    this.#sampler.sample(() => this.#youngest())
  }

  /** The most memory that it had of one GPU, in bytes; undefined = it was never seen. */
  peakOf(key: string): number | undefined {
    return this.#uses.get(key)?.peak
  }

  /**
   * Looks until nothing is left of an attempt that has ended, at most some seconds: drivers free late. What it must
   * not be given to anybody before this resolves. A driver that does not answer tells nothing: then nothing is held.
   */
  async end(key: string, patienceMs = PATIENCE_MS): Promise<FreeCheck> {
    const began = performance.now()
    const use = this.#uses.get(key)
    let driverMs = 0
    let holders: readonly Holder[] = []
    let looks = 0
    while (use !== undefined) {
      const look = await this.#sampler.fresh()
      driverMs += look.took
      looks++
      holders = look.problem === undefined ? this.#holders(key, use, look) : []
      const pause = PAUSES_MS[Math.min(looks, PAUSES_MS.length) - 1] ?? 0
      if (holders.length === 0 || performance.now() + pause - began > patienceMs) break
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
    // What is still held is asked about again, so its use stays known.
    if (holders.length === 0) this.#uses.delete(key)
    return { holders, looks, driverMs, ms: performance.now() - began }
  }

  forget(key: string): void {
    this.#uses.delete(key)
  }

  /** The most that the attempt on a slot has had of one GPU so far. */
  peakOn(slot: string): number | undefined {
    for (const use of this.#uses.values()) if (use.slot === slot) return use.peak
    return undefined
  }

  /**
   * Bytes of a GPU that strangers have, as last seen: processes that no sweep has started, and what nobody was seen to
   * have beyond what was promised to trials and what an idle driver takes.
   */
  foreignBytes(gpu: Gpu, promisedBytes: number): number {
    const nobodys = (this.#latest === undefined ? gpu.memoryUsedBytes : this.#nobodys(gpu)) ?? 0
    const hidden = nobodys - promisedBytes
    return (this.#foreign.get(gpu.uuid) ?? 0) + (hidden > DRIVER_BYTES ? hidden : 0)
  }

  /** Bytes in use by anybody, as last seen. */
  usedBytes(gpu: Gpu): number {
    return this.#latest?.used.get(gpu.uuid) ?? gpu.memoryUsedBytes
  }

  /** A look that begins now. */
  async refresh(): Promise<void> {
    await this.#sampler.fresh()
  }

  close(): void {
    this.#sampler.close()
    this.#uses.clear()
  }

  #youngest(): number | undefined {
    let youngest: number | undefined
    for (const { since } of this.#uses.values()) youngest = Math.max(youngest ?? since, since)
    return youngest
  }

  #take(look: MemoryLook): void {
    if (look.problem !== undefined && look.problem !== this.#problem) this.onProblem?.(look.problem)
    this.#problem = look.problem
    if (look.problem !== undefined) return
    this.#latest = look
    const owners = new Map(look.processes.map(({ pid }) => [pid, this.#options.ownerOf(pid)]))
    for (const [key, use] of this.#uses) this.#observe(use, look, (pid) => owners.get(pid) === key)
    this.#foreign = new Map(this.#options.gpus.map((gpu) => [gpu.uuid, this.#foreignIn(look, gpu, owners)]))
    this.onLook?.()
  }

  #observe(use: Use, look: MemoryLook, isIts: (pid: number) => boolean): void {
    for (const { pid, gpu } of look.processes) {
      if (isIts(pid) && use.gpus.some(({ uuid }) => uuid === gpu)) use.pids.add(pid)
    }
    for (const gpu of use.gpus) {
      const nobodys = nobodysIn(look, gpu)
      const before = use.before.get(gpu.uuid) ?? 0
      if (nobodys !== undefined && nobodys < before) use.before.set(gpu.uuid, nobodys)
      const own = ownBytes(use, look, gpu)
      if (own !== undefined) use.peak = Math.max(use.peak ?? 0, own)
    }
  }

  /** Seen processes of an attempt, or memory that came with it and that nobody else can have. */
  #holders(key: string, use: Use, look: MemoryLook): Holder[] {
    const ours = look.processes.filter(
      ({ pid, gpu }) => isOn(use, gpu) && (use.pids.has(pid) || this.#options.ownerOf(pid) === key),
    )
    if (ours.length > 0) return ours.map(holderOf)
    if (!use.whole) return []
    return use.gpus.flatMap((gpu) => {
      const left = (nobodysIn(look, gpu) ?? 0) - (use.before.get(gpu.uuid) ?? 0)
      return left > toleranceOf(gpu) ? [{ gpu: gpu.uuid, bytes: left }] : []
    })
  }

  #nobodys(gpu: Gpu): number | undefined {
    return this.#latest === undefined ? undefined : nobodysIn(this.#latest, gpu)
  }

  #foreignIn(look: MemoryLook, gpu: Gpu, owners: ReadonlyMap<number, string | undefined>): number {
    const strangers = look.processes.filter((it) => it.gpu === gpu.uuid && owners.get(it.pid) === undefined)
    const uses = [...this.#uses.values()].filter(({ pids }) => strangers.some(({ pid }) => pids.has(pid)))
    const theirs = strangers.filter(({ pid }) => !uses.some(({ pids }) => pids.has(pid)))
    return theirs.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
  }
}

const isOn = (use: Use, uuid: string) => use.gpus.some((gpu) => gpu.uuid === uuid)

function holderOf({ gpu, pid, bytes, name }: GpuProcess): Holder {
  return { gpu, ...(bytes === undefined ? {} : { bytes }), ...identifyHolder(pid, name) }
}

function toleranceOf(gpu: Gpu): number {
  return Math.max(TOLERANCE_BYTES, gpu.memoryBytes * TOLERANCE_SHARE)
}

/** Memory that no listed process has; undefined = it cannot be told, because one does not say how much it has. */
function nobodysIn(look: MemoryLook, gpu: Gpu): number | undefined {
  const listed = look.processes.filter((it) => it.gpu === gpu.uuid)
  const used = look.used.get(gpu.uuid)
  if (used === undefined || listed.some(({ bytes }) => bytes === undefined)) return undefined
  return Math.max(0, used - listed.reduce((sum, { bytes = 0 }) => sum + bytes, 0))
}

/** What an attempt has of one of its GPUs; undefined = it cannot be told from what others have. */
function ownBytes(use: Use, look: MemoryLook, gpu: Gpu): number | undefined {
  const listed = look.processes.filter((it) => it.gpu === gpu.uuid)
  const own = listed.filter(({ pid }) => use.pids.has(pid))
  if (own.length > 0 && own.every(({ bytes }) => bytes !== undefined)) {
    return own.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
  }
  const used = look.used.get(gpu.uuid)
  if (!use.whole || used === undefined || listed.some(({ bytes }) => bytes !== undefined)) return undefined
  const more = used - (use.before.get(gpu.uuid) ?? 0)
  return more > toleranceOf(gpu) ? more : undefined
}
