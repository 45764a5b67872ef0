import type { Range } from '../../app/durations/forecast.ts'
import type { Estimate } from '../../app/estimate.ts'
import { counted, duration, figure, grouped } from '../../base/human-readable.ts'
import { dateTime } from './time-text.ts'

/** An estimate, and what it is about. */
export interface Estimated extends Estimate {
  /** Trials in all; undefined = no end of its own. */
  readonly trials: number | undefined
  /** When it was made, milliseconds since 1970. */
  readonly at: number
  /** When the sweep is to end, milliseconds since 1970. */
  readonly until?: number
}

/** Lines of a plan: what is answered, what a trial takes, what all of them take, and when that is. */
export function estimateFacts(estimate: Estimated): (readonly [title: string, text: string | undefined])[] {
  const { perTrial, total, gpuHours, unknown } = estimate
  return [
    ['answered', answeredText(estimate)],
    ['a trial', perTrial && `${rangeText(perTrial)} (${basisText(perTrial)})`],
    ['in all', total === undefined ? unknown : rangeText(total)],
    ['ends', endText(estimate)],
    ['GPU-hours', gpuHours && `about ${figure(gpuHours.middle)} (${figure(gpuHours.low)} to ${figure(gpuHours.high)})`],
    [estimate.until === undefined ? 'in its budget' : 'in its time', beforeText(estimate)],
    ['order', orderText(estimate)],
    ['wide because', unlikeText(estimate)],
  ]
}

/** The same in one sentence, for a start. */
export function estimateSentence(estimate: Estimated): string {
  const { trials, total, gpuHours } = estimate
  const count = trials === undefined ? 'no end of its own' : counted(trials, 'trial')
  const parts = [
    count,
    answeredText(estimate) && `${answeredText(estimate)} answered`,
    total === undefined ? 'no estimate of its time yet' : rangeText(total),
    endText(estimate) && `ends ${endText(estimate)}`,
    gpuHours && `${figure(gpuHours.middle)} GPU-hours`,
    beforeText(estimate),
    orderText(estimate),
  ]
  return `${parts.filter((part) => part !== undefined).join(', ')}.`
}

function answeredText({ answered, lookedUp, trials }: Estimated): string | undefined {
  if (answered === 0) return undefined
  const part = trials !== undefined && lookedUp < trials ? ` of the first ${counted(lookedUp, 'trial')}` : ''
  return `${grouped(answered)}${part} by identical trials of earlier sweeps`
}

function basisText({ basedOn, sweeps }: NonNullable<Estimate['perTrial']>): string {
  return `${counted(basedOn, 'earlier trial')} of ${counted(sweeps, 'sweep')}`
}

function endText({ total, at }: Estimated): string | undefined {
  if (total === undefined || total.high === 0 || !Number.isFinite(total.high)) return undefined
  const [low, high] = [dateTime(at + total.low), dateTime(at + total.high)]
  return low === high ? `at ${low}` : `between ${low} and ${sameDay(low, high)}`
}

/** The date is said once. */
function sameDay(first: string, second: string): string {
  return first.slice(0, 10) === second.slice(0, 10) ? second.slice(11) : second
}

function beforeText({ before, trials, answered, until }: Estimated): string | undefined {
  if (before === undefined) return undefined
  const all = trials === undefined ? '' : ` of ${grouped(trials)}`
  const by = until === undefined ? 'before its budget is used up' : `before ${dateTime(until).slice(11)}`
  const [low, middle, high] = [before.low, before.middle, before.high].map((n) => Math.round(n) + answered)
  if (low === high) return `${grouped(middle ?? 0)}${all} trials ${by}`
  return `about ${grouped(middle ?? 0)}${all} trials ${by} (${grouped(low ?? 0)} to ${grouped(high ?? 0)})`
}

function orderText({ longestFirst, total }: Estimated): string | undefined {
  if (longestFirst?.sure !== true || total === undefined) return undefined
  return `longest first: about ${duration(longestFirst.saved * total.middle)} sooner`
}

function unlikeText({ unlike }: Estimate): string | undefined {
  return unlike.length === 0 ? undefined : `no earlier sweep had the same ${unlike.slice(0, 4).join(', ')}`
}

function rangeText({ low, middle, high }: Range): string {
  return `about ${duration(middle)} (${duration(low)} to ${duration(high)})`
}
