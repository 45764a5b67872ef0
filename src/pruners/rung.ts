import type { History } from '../trial/history.ts'
import type { Goal } from '../trial/sweep-spec.ts'
import type { Trial } from '../trial/trial.ts'
import { OpenTrials } from './open-trials.ts'

/** Where a trial stands among those that are known at a step, itself included. */
export interface Standing {
  /** 1 is the best. Of equal values the trial that was created first stands higher. */
  readonly rank: number
  readonly known: number
}

/** Which trials are compared at which step. */
export interface RungKey {
  readonly step: number
  /** Names the group in the cache; the same name must always stand for the same trials and places. */
  readonly group: string
  /** Must not depend on what may change of a trial. @default all trials */
  readonly belongs?: (trial: Trial) => boolean
  /** `live` leaves out failed and cancelled trials: nobody can go on in their place. @default 'live' */
  readonly states?: 'live' | 'completed' | 'paused' | 'all'
  /** Place of the report that counts, -1 while there is none. @default the first one at `step` or later */
  readonly placeOf?: (curve: Trial['curve'], step: number) => number
}

/** Larger is worse, whichever way the metric goes; NaN is as bad as anything can be. */
export function badness(value: number, goal: Goal): number {
  if (Number.isNaN(value)) return Number.POSITIVE_INFINITY
  return goal === 'minimize' ? value : -value
}

/** @returns place in the curve of the first report at `step` or later; -1 when it has not come so far */
export function placeAt(curve: Trial['curve'], step: number): number {
  for (let i = 0; i < curve.length; i++) if ((curve[i] as Trial['curve'][number])[0] >= step) return i
  return -1
}

/**
 * The values of all trials at one step, sorted, kept up to date as trials report.
 *
 * A trial that began again from its checkpoint is counted with what it reported last.
 */
export class Rung {
  readonly #key: RungKey
  readonly #goal: Goal
  readonly #placeOf: (curve: Trial['curve'], step: number) => number
  readonly #open = new OpenTrials()
  readonly #counted = new Map<number, number>()
  readonly #bads: number[] = []
  readonly #numbers: number[] = []

  constructor(key: RungKey, goal: Goal) {
    this.#key = key
    this.#goal = goal
    this.#placeOf = key.placeOf ?? placeAt
  }

  /** How many are known here. */
  get size(): number {
    return this.#bads.length
  }

  /** Numbers of the trials known here, best first. */
  get order(): readonly number[] {
    return this.#numbers
  }

  /** @returns the badness that `place` others are below; undefined beyond the last */
  badAt(place: number): number | undefined {
    return this.#bads[place]
  }

  /** Takes in what has happened since the last time. */
  update(trials: readonly Trial[]): void {
    const { belongs } = this.#key
    this.#open.visit(trials, (trial) => {
      if (belongs === undefined || belongs(trial)) this.#look(trial)
    })
  }

  /** Where a trial stands by its own curve; undefined while it has not come so far. It need not be among the trials. */
  standing({ number, curve }: Trial): Standing | undefined {
    const bad = this.#badOf(curve)
    if (bad === undefined) return undefined
    const own = this.#counted.get(number)
    const before = this.#position(bad, number)
    const itself = own !== undefined && this.#position(own, number) < before ? 1 : 0
    return { rank: before - itself + 1, known: this.#bads.length + (own === undefined ? 1 : 0) }
  }

  #badOf(curve: Trial['curve']): number | undefined {
    const place = this.#placeOf(curve, this.#key.step)
    return place === -1 ? undefined : badness((curve[place] as Trial['curve'][number])[1], this.#goal)
  }

  /** Counts a trial, or counts it anew. */
  #look({ number, state, curve }: Trial): void {
    const bad = this.#admits(state) ? this.#badOf(curve) : undefined
    const known = this.#counted.get(number)
    if (bad !== known) {
      if (known !== undefined) this.#remove(number, known)
      if (bad !== undefined) this.#add(number, bad)
    }
  }

  #admits(state: Trial['state']): boolean {
    const { states = 'live' } = this.#key
    if (states === 'live') return state !== 'failed' && state !== 'cancelled'
    return states === 'all' || state === states
  }

  #add(number: number, bad: number): void {
    const position = this.#position(bad, number)
    this.#bads.splice(position, 0, bad)
    this.#numbers.splice(position, 0, number)
    this.#counted.set(number, bad)
  }

  #remove(number: number, bad: number): void {
    const position = this.#position(bad, number)
    this.#bads.splice(position, 1)
    this.#numbers.splice(position, 1)
    this.#counted.delete(number)
  }

  /** How many stand before (bad, number). */
  #position(bad: number, number: number): number {
    let low = 0
    let high = this.#bads.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.#bads[middle] as number
      if (there < bad || (there === bad && (this.#numbers[middle] as number) < number)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Lists kept for one sweep at a time. */
const MOST_KEPT = 256

const rungs = new WeakMap<readonly Trial[], Map<string, Rung>>()

/** One list of values a list of trials, step and group, made once and then brought up to date. */
export function rungOf({ trials, goal }: History, key: RungKey): Rung {
  let known = rungs.get(trials)
  if (known === undefined) {
    known = new Map()
    rungs.set(trials, known)
  }
  const name = `${goal} ${key.group} ${key.step}`
  let rung = known.get(name)
  if (rung === undefined) {
    // Pruners that judge every step of long trials would keep a list for each of them.
    if (known.size >= MOST_KEPT) known.clear()
    rung = new Rung(key, goal)
    known.set(name, rung)
  }
  rung.update(trials)
  return rung
}
