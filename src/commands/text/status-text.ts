import type { Activity, SweepLine, SweepStatus, UnreadableSweep } from '../../app/status.ts'
import { bytes, counted, duration } from '../../base/human-readable.ts'
import type { RunningTrial, SweepSummary, TopRow } from '../../journal/summary.ts'
import { metricText } from '../../reports/numbers.ts'
import { countsText, endedCount } from './counts-text.ts'
import { goesOnText } from './goes-on-text.ts'
import { leadLine } from './lead-line.ts'
import { paramsLabel } from './params-label.ts'
import { halfWidth, rankingLines, type ShownRow } from './ranking-text.ts'
import { restText } from './rest-text.ts'
import { commandLine } from './shell-quote.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { dateTime, remainingText } from './time-text.ts'

const TOP = 10
const NOTES = 5

/** All sweeps, one a line. */
export function listLines(
  sweeps: readonly SweepLine[],
  unreadable: readonly UnreadableSweep[],
  style: Style,
): string[] {
  const columns = [
    { title: 'sweep' },
    { title: 'state' },
    { title: 'trials', align: 'right' as const },
    { title: 'failed', align: 'right' as const },
    { title: 'started' },
    { title: 'best' },
  ]
  const [head = '', ...lines] = table(
    columns,
    sweeps.map((line) => listCells(line, style)),
  )
  return [
    ...(sweeps.length === 0 ? [] : [style.dim(head), ...lines]),
    ...unreadable.map(({ id, problem }) => `${id}: ${style.red(problem)}`),
    ...sweeps.filter(({ activity }) => activity === 'orphaned').map(({ id }) => orphanLine(id, style)),
  ]
}

function listCells({ id, activity, summary }: SweepLine, style: Style): string[] {
  const { counts, trials, startedAt, top, metric } = summary
  const best = top[0]
  const ended = endedCount(counts)
  return [
    id,
    activityWord(activity, style),
    ended === trials ? String(ended) : `${ended} of ${trials}${summary.exhausted ? '' : '+'}`,
    String(counts.failed),
    dateTime(startedAt),
    best === undefined ? '' : `${metric?.name ?? ''} ${metricText(best.mean)}  ${paramsLabel(best.params)}`.trim(),
  ]
}

function activityWord(activity: Activity, style: Style): string {
  if (activity === 'orphaned') return style.red('died')
  if (activity === 'finished') return style.green(activity)
  return activity === 'stopped' || activity === 'paused' ? style.yellow(activity) : style.cyan('running')
}

function orphanLine(id: string, style: Style): string {
  return style.yellow(`The orchestrator of ${id} is gone. It goes on with: ${commandLine('sweep', 'resume', id)}`)
}

/** One sweep: where it stands, what runs, who leads. `now` = milliseconds since 1970. */
export function statusLines(
  status: SweepStatus,
  { now, style }: { readonly now: number; readonly style: Style },
): string[] {
  const { id, activity, summary, total, host } = status
  const until = summary.endedAt ?? now
  return [
    [style.bold(id), activityWord(activity, style), summary.stateReason]
      .filter((part) => part !== undefined)
      .join('  '),
    [
      countsText(activity === 'orphaned' ? { ...summary.counts, running: 0 } : summary.counts, total, style),
      took(activity, until - summary.startedAt),
      remainingText(status.remaining),
    ]
      .filter((part) => part !== undefined)
      .join(' · '),
    ...(activity === 'orphaned' ? [orphanLine(id, style), ...livingLines(status)] : []),
    ...(activity === 'elsewhere' ? [`It was started on ${host}; whether it still runs can only be seen there.`] : []),
    ...standsLines(status),
    ...runningLines(status, now, style),
    ...heldLines(status, style),
    ...retryLines(summary, now, style),
    ...failureLines(status, style),
    ...topLines(summary, style),
    ...summary.notes.slice(-NOTES).map(({ level, text, trial, said }) => {
      const of = trial === undefined ? '' : said > 1 ? ` (${counted(said, 'trial')})` : ` (trial ${trial})`
      return `${level === 'error' ? style.red(level) : style.yellow(level)}${of}: ${text}`
    }),
  ]
}

/** What a person said of it, and what would make it go on. */
function standsLines({ id, activity, summary }: SweepStatus): string[] {
  if (activity === 'stopped') return [goesOnText(summary)]
  const { pausedAt, until, slots } = summary.control ?? {}
  const goesOn = `It goes on with: ${commandLine('sweep', 'resume', id)}`
  if (activity === 'paused' && pausedAt !== undefined) return [`Paused since ${dateTime(pausedAt)}. ${goesOn}`]
  if (activity !== 'running') return []
  return [
    ...(until === undefined ? [] : [`It ends at ${dateTime(until)}, with what it has then.`]),
    ...(slots === undefined ? [] : [`A person set ${counted(slots, 'trial')} at a time.`]),
  ]
}

function took(activity: Activity, milliseconds: number): string {
  return activity === 'running' ? `for ${duration(milliseconds)}` : `in ${duration(milliseconds)}`
}

/** What became of its trials, when nobody looks after them. */
function livingLines({ summary, living }: SweepStatus): string[] {
  if (living === undefined || summary.running.length === 0) return []
  if (living.length === 0) return ['None of its trials runs any more.']
  const [what, them] =
    living.length === 1 ? ['1 trial still runs', 'it'] : [`${living.length} trials still run`, 'them']
  return [`${what} without it (${living.join(', ')}): a resume takes ${them} over.`]
}

const FAILURES = 3
const REASON_LINES = 3

function failureLines({ failures = [] }: SweepStatus, style: Style): string[] {
  const shown = failures.slice(0, FAILURES).flatMap(({ trials, reason }) => {
    const [first = '', ...rest] = reason.split('\n').slice(0, REASON_LINES)
    const more = trials.length > TOP ? ', ...' : ''
    const who =
      trials.length === 1 ? `trial ${trials[0]}` : `${trials.length} trials (${trials.slice(0, TOP).join(', ')}${more})`
    return [`${style.red('failed')}  ${who}: ${first}`, ...rest.map((line) => `    ${line.trim()}`)]
  })
  const left = failures.length - FAILURES
  return left > 0 ? [...shown, style.dim(`  ... and ${counted(left, 'more cause')}`)] : shown
}

function runningLines({ summary, activity, memory, living = [] }: SweepStatus, now: number, style: Style): string[] {
  return summary.running.map((trial) => {
    const of = memory.find(({ slot }) => slot === trial.slot)
    const lives = activity === 'running' || living.includes(trial.number)
    const text = runningText(trial, lives ? now : undefined)
    return `  ${style.cyan(trial.slot)}  ${text}${memoryText(of)}`
  })
}

/** What it has had so far, and what is set aside for it. */
function memoryText({ reservedBytes, peakBytes }: Partial<SweepStatus['memory'][number]> = {}): string {
  if (peakBytes === undefined) return reservedBytes === undefined ? '' : `  ${bytes(reservedBytes)} reserved`
  return `  ${bytes(peakBytes)}${reservedBytes === undefined ? '' : ` of ${bytes(reservedBytes)}`} of GPU memory`
}

function heldLines({ memory }: SweepStatus, style: Style): string[] {
  return memory.flatMap(({ slot, held }) =>
    held === undefined ? [] : [`  ${style.yellow(slot)}  not used: memory is still held, ${held}`],
  )
}

const RETRIES = 5

function retryLines({ retries = [] }: SweepSummary, now: number, style: Style): string[] {
  const more = retries.length > RETRIES ? [style.dim('  ... and more')] : []
  return [...retries.slice(0, RETRIES).map((it) => `  trial ${it.number}  ${restText(it, now)}`), ...more]
}

/** @param now undefined = nobody knows whether it still runs */
function runningText({ number, seed, startedAt, step, value }: RunningTrial, now: number | undefined): string {
  const latest = step === undefined ? '' : `  ${metricText(value ?? Number.NaN)} at step ${step}`
  const elapsed = now === undefined ? 'was running' : duration(now - startedAt)
  return `trial ${number}  seed ${seed}  ${elapsed}${latest}`
}

function topLines({ metric, top, ranked, seeds }: SweepSummary, style: Style): string[] {
  const rows = top.slice(0, TOP).map(rowOf)
  const lines = rankingLines({ metric: metric?.name, rows, ranked, seeds: seeds.length }, style)
  if (top.length < 2) return lines
  return [...lines, leadLine(top.slice(0, TOP), metric?.goal)]
}

function rowOf({ rank, configuration, params, mean, low, high, n, incomplete, trials }: TopRow): ShownRow {
  return { rank, configuration, params, mean, halfWidth: halfWidth({ low, high }), n, incomplete, trials }
}
