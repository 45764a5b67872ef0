import type { AttemptTree } from './attempt-tree.ts'
import { endTree } from './end-tree.ts'
import { ProcessLooks } from './process-looks.ts'

/** Milliseconds between two looks while attempts are young, and while all of them are old. */
const SOON_MS = 1000
const RARELY_MS = 15_000

/**
 * Looks from time to time who the processes of running attempts are, so that one that leaves its group and clears its
 * environment is known when the attempt ends; and once more for attempts that were too short to wait for a look.
 */
export class TreeWatch {
  readonly looks: ProcessLooks
  /** Those that run, with the time of their start by performance.now(). */
  readonly #running = new Map<AttemptTree, number>()
  /** Those that have ended and were told, with their grace period. */
  readonly #ended = new Map<AttemptTree, number>()
  readonly #ending = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #isSoon = false

  readonly #found: (tree: AttemptTree) => void

  /** @param found told of a running attempt when a process was seen for the first time that has left its group */
  constructor(sweepDir: string, found: (tree: AttemptTree) => void) {
    this.#found = found
    this.looks = new ProcessLooks(sweepDir)
  }

  add(tree: AttemptTree): void {
    if (process.platform !== 'linux') return
    this.#running.set(tree, performance.now())
    if (!this.#isSoon) this.#arm(SOON_MS)
  }

  /** For one whose processes have all gone. */
  remove(tree: AttemptTree): void {
    this.#running.delete(tree)
  }

  /** For one that ended within moments: whatever it has left behind is ended within about a second. */
  lookLater(tree: AttemptTree, graceMs: number): void {
    if (this.#running.delete(tree)) this.#ended.set(tree, graceMs)
  }

  /** Whether somebody is still to be looked for or ended. */
  get isBusy(): boolean {
    return this.#ended.size > 0 || this.#ending.size > 0
  }

  /** Looks now for what short attempts have left behind; resolves when it is ended. */
  async settle(): Promise<void> {
    while (this.isBusy) {
      if (this.#ended.size > 0) await this.#look()
      await Promise.all(this.#ending)
    }
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer)
    this.#isSoon = ms === SOON_MS
    this.#timer = setTimeout(() => this.#look(), ms)
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer)
    this.#isSoon = true
    const look = await this.looks.next()
    for (const tree of this.#running.keys()) if (tree.see(look)) this.#found(tree)
    for (const [tree, graceMs] of this.#ended) {
      tree.see(look)
      if (tree.lives()) this.#end(tree, graceMs)
    }
    this.#ended.clear()
    this.#isSoon = false
    const now = performance.now()
    const isYoung = [...this.#running.values()].some((since) => now - since < RARELY_MS)
    if (isYoung) this.#arm(SOON_MS)
    else if (this.#running.size > 0) this.#arm(RARELY_MS)
  }

  #end(tree: AttemptTree, graceMs: number): void {
    const ending = endTree({ tree, looks: this.looks, graceMs }).finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }
}
