import type { MemoryLook } from './memory-look.ts'

/** Milliseconds between two looks, by the age of the youngest attempt: memory mostly grows in the first minute. */
const PACE: readonly (readonly [youngerThanMs: number, everyMs: number])[] = [
  [10_000, 1000],
  [60_000, 3000],
  [600_000, 10_000],
  [Number.POSITIVE_INFINITY, 30_000],
]
/** A look takes a core for as long as the driver likes, so a slow one is asked for less often: 2 % of the time. */
const REST = 50

/** Looks at the memory of GPUs, one look at a time, at a pace of its own while somebody wants it. */
export class MemorySampler {
  readonly #look: () => Promise<MemoryLook>
  readonly #seen: (look: MemoryLook) => void
  #running: Promise<MemoryLook> | undefined
  #next: Promise<MemoryLook> | undefined
  #timer: NodeJS.Timeout | undefined
  #youngestSince: (() => number | undefined) | undefined

  /** @param seen called with each look, before whoever asked for it hears of it */
  constructor(look: () => Promise<MemoryLook>, seen: (look: MemoryLook) => void) {
    this.#look = look
    this.#seen = seen
  }

  /** A look that begins after this call, and after the one that may be under way; all who wait for it share it. */
  fresh(): Promise<MemoryLook> {
    if (this.#running === undefined) return this.#start()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#start()
    })
    return this.#next
  }

  /** @param youngestSince performance.now() at the start of the youngest attempt; undefined = nothing to look at */
  sample(youngestSince: () => number | undefined): void {
    this.#youngestSince = youngestSince
    this.#plan(0)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#youngestSince = undefined
  }

  #start(): Promise<MemoryLook> {
    const look = this.#look().then((seen) => {
      this.#running = undefined
      this.#seen(seen)
      this.#plan(seen.took)
      return seen
    })
    this.#running = look
    return look
  }

  /** Each look puts the next one off, whoever asked for it. */
  #plan(took: number): void {
    clearTimeout(this.#timer)
    const since = this.#youngestSince?.()
    if (since === undefined || this.#running !== undefined) return
    const age = performance.now() - since
    const every = PACE.find(([youngerThan]) => age < youngerThan)?.[1] ?? 0
    // Nothing waits for it: a program that is done need not stay for another look.
    this.#timer = setTimeout(() => this.#lookIfWanted(), Math.max(every, took * REST)).unref()
  }

  /** The last attempt may have ended since the look was planned. */
  #lookIfWanted(): void {
    if (this.#youngestSince?.() !== undefined) void this.fresh()
  }
}
