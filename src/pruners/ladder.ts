import { figure } from '../base/human-readable.ts'
import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'
import { completedOf } from './completed.ts'
import type { Pruner, Verdict } from './pruner.ts'
import { placeAt, type Rung, type RungKey, rungOf, type Standing } from './rung.ts'
import { isControl, type Trust, trustAt, trustWords } from './trust.ts'

/** Successive halving over rungs: what ASHA and the brackets of Hyperband share. */
export interface Ladder {
  /** Steps of the rungs, ascending. */
  readonly steps: readonly number[]
  /** 1 / this share of each rung goes on. */
  readonly eta: number
  /** What becomes of the others. */
  readonly others: 'stop' | 'pause'
  readonly trust: boolean
  /** Names the bracket in the cache; empty for all trials. */
  readonly group: string
  /** Trials of this bracket; absent = all. */
  readonly belongs?: (trial: Trial) => boolean
}

/** Places of a rung whose trials go on, and what they were reckoned from. */
interface Places {
  readonly places: number
  readonly trust: Trust | undefined
}

const CONTINUE: Verdict = { action: 'continue' }
const PAUSED = /^Paused at step ([\d.e+]+):/

/** @returns min, min * eta, min * eta^2 ... below `max` */
export function rungSteps({ min, max = 1e15, eta }: { min: number; max?: number | undefined; eta: number }): number[] {
  const steps: number[] = []
  for (let step = min; step < max; step *= eta) steps.push(step)
  return steps
}

/** Most reports lie between rungs, and nothing is asked of them. */
export function isAtRung(ladder: Ladder, trial: Trial): boolean {
  return newRung(ladder, trial) !== undefined
}

/** Judged when a report is the first one at a rung; where one report passes several, at the highest of them. */
export function judgeOn(ladder: Ladder, trial: Trial, history: History): Verdict {
  const step = newRung(ladder, trial)
  if (step === undefined || step <= promotedFrom(trial)) return CONTINUE
  // At the step where others ended there is nothing left to save.
  const { longest } = completedOf(history)
  if (longest > 0 && step >= longest) return CONTINUE
  if (ladder.trust && isControl(trial)) return CONTINUE
  const standing = rungAt(ladder, step, history).standing(trial)
  if (standing === undefined) return CONTINUE
  const { places, trust } = placesAt(ladder, { step, known: standing.known }, history)
  if (standing.rank <= places) return CONTINUE
  const why = `number ${standing.rank} of ${standing.known}, of which ${places} go on.${words(trust)}`
  return ladder.others === 'pause'
    ? { action: 'pause', reason: `Paused at step ${step}: ${why}` }
    : { action: 'stop', reason: `At step ${figure(step)} it was ${why}` }
}

/** From the highest rung down: the best paused trial that is among those that go on by now. */
export function promoteOn(ladder: Ladder, history: History): ReturnType<NonNullable<Pruner['promote']>> {
  const reached: { readonly step: number; readonly rung: Rung }[] = []
  for (const step of ladder.steps) {
    const rung = rungAt(ladder, step, history)
    if (rung.size === 0) break
    reached.push({ step, rung })
  }
  for (const { step, rung } of reached.reverse()) {
    const { places, trust } = placesAt(ladder, { step, known: rung.size }, history)
    const first = firstPaused(ladder, { step, rung, places }, history)
    if (first === undefined) continue
    const why = `number ${first.rank} of ${first.known}, of which ${places} go on.${words(trust)}`
    return { trial: first.trial, reason: `Goes on from step ${figure(step)}: ${why}` }
  }
  return undefined
}

/** @returns the best of those that rest at this rung, if it is among the places */
function firstPaused(
  ladder: Ladder,
  { step, rung, places }: { readonly step: number; readonly rung: Rung; readonly places: number },
  history: History,
): (Standing & { readonly trial: number }) | undefined {
  const number = restingAt(ladder, step, history).order[0]
  const standing = number === undefined ? undefined : rung.standing(history.trials[number] as Trial)
  if (number === undefined || standing === undefined || standing.rank > places) return undefined
  return { trial: number, ...standing }
}

function newRung({ steps }: Ladder, { curve }: Trial): number | undefined {
  const newest = curve.at(-1)
  if (newest === undefined) return undefined
  const before = curve.at(-2)?.[0] ?? Number.NEGATIVE_INFINITY
  const reached = steps.findLast((step) => step <= newest[0])
  return reached === undefined || reached <= before ? undefined : reached
}

/** A promoted trial begins again from its checkpoint and may pass its rung once more: there it was judged already. */
function promotedFrom({ attempts }: Trial): number {
  let highest = Number.NEGATIVE_INFINITY
  for (const { reason } of attempts) {
    const step = reason === undefined ? undefined : PAUSED.exec(reason)?.[1]
    if (step !== undefined) highest = Math.max(highest, Number(step))
  }
  return highest
}

function rungAt({ group, belongs }: Ladder, step: number, history: History): Rung {
  return rungOf(history, { step, group, ...(belongs && { belongs }) })
}

/** The paused trials of a rung; those that have reports from the next one on rest there. */
function restingAt({ group, belongs, eta }: Ladder, step: number, history: History): Rung {
  const placeOf: RungKey['placeOf'] = (curve) =>
    (curve.at(-1)?.[0] ?? step * eta) < step * eta ? placeAt(curve, step) : -1
  return rungOf(history, {
    step,
    group: `${group} resting by ${eta}`,
    states: 'paused',
    placeOf,
    ...(belongs && { belongs }),
  })
}

/** At least the best one goes on, so that not all end. */
function placesAt(ladder: Ladder, at: { readonly step: number; readonly known: number }, history: History): Places {
  const { eta } = ladder
  // 1 / 3 of 3 must not lose its place to rounding.
  const halved = Math.max(1, Math.floor(at.known / eta + 1e-9))
  if (!ladder.trust) return { places: halved, trust: undefined }
  const trust = trustAt(history, at.step)
  if (trust.share > 1 / eta) return { places: Math.max(halved, Math.ceil(at.known * trust.share - 1e-9)), trust }
  // Where early order has proved right, fewer are enough; never fewer than two rungs at once would leave.
  const share = Math.max(trust.share, 1 / eta ** 2)
  return { places: Math.max(1, Math.floor(at.known * share + 1e-9)), trust }
}

const words = (trust: Trust | undefined) => (trust === undefined ? '' : trustWords(trust))
