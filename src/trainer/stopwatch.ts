import type { Clock } from '../base/clock.ts'

/** What a trial spends its time on; the columns of `details/time.json`. */
export type Section = 'start' | 'data' | 'features' | 'train' | 'evaluate' | 'write'

/** Adds up time by section; one section is always running. */
export class Stopwatch {
  readonly #clock: Clock
  readonly #spent = new Map<Section, number>()
  #section: Section = 'start'
  #since: number

  constructor(clock: Clock) {
    this.#clock = clock
    // What Node needed to load this program counts too: the clock of performance.now() starts with the process.
    this.#since = 0
  }

  enter(section: Section): void {
    const now = this.#clock.monotonic()
    this.#spent.set(this.#section, (this.#spent.get(this.#section) ?? 0) + now - this.#since)
    this.#section = section
    this.#since = now
  }

  /** Milliseconds since the process started. */
  total(): number {
    return this.#clock.monotonic()
  }

  /** Milliseconds by section up to now, and `total`. */
  read(): Readonly<Record<string, number>> {
    this.enter(this.#section)
    const sections = [...this.#spent, ['total', this.total()] as const]
    return Object.fromEntries(sections.map(([name, milliseconds]) => [name, Math.round(milliseconds)]))
  }
}
