import { durationOf } from '../../app/eta.ts'
import type { TrialDetails } from '../../app/show.ts'
import { bytes, duration } from '../../base/human-readable.ts'
import { metricText } from '../../reports/numbers.ts'
import { givenInWords, shortReason } from '../../trial/attempt-words.ts'
import type { Attempt } from '../../trial/trial.ts'
import { sparkline } from './chart.ts'
import { paramsLabel } from './params-label.ts'
import { restText } from './rest-text.ts'
import type { Style } from './style.ts'
import { facts, table } from './table.ts'
import { dateTime } from './time-text.ts'

const FILES = 20

/** Everything about one trial, for people. */
export function trialLines(details: TrialDetails, style: Style): string[] {
  const { id, trial, params, fixed, metric, rank } = details
  const took = durationOf(trial)
  return [
    style.bold(`${id} trial ${trial.number}`),
    ...facts([
      ['state', trial.reason === undefined ? trial.state : `${trial.state}: ${trial.reason}`],
      [metric?.name ?? 'value', trial.value === undefined ? undefined : style.bold(metricText(trial.value))],
      ['configuration', `${trial.configuration}  ${paramsLabel(params)}`],
      ['rank', rank && `${rank.rank} of ${rank.of}: ${rank.explanation}`],
      ['seed', String(trial.seed)],
      ['fixed', paramsLabel(fixed)],
      ['answered by', trial.reusedFrom],
      ['progress', trial.progress === undefined ? undefined : `${Math.round(trial.progress * 100)} %`],
      ['next', restLine(trial)],
      ['took', took === undefined ? undefined : duration(took)],
      ['curve', curveText(details)],
      ['folder', details.folder],
    ]).map((line) => `  ${line}`),
    ...attemptLines(trial.attempts, style),
    ...givenLines(details),
    ...metricLines(details, style),
    ...fileLines(details, style),
    ...details.notes.map(({ level, text }) => `${level === 'info' ? 'note' : style.yellow(level)}: ${text}`),
  ]
}

function curveText({ trial, metric }: TrialDetails): string | undefined {
  const first = trial.curve[0]
  const last = trial.curve.at(-1)
  if (first === undefined || last === undefined) return undefined
  const line = sparkline(trial.curve.map(([, value]) => value))
  return `${line}  ${metricText(first[1])} at step ${first[0]} to ${metricText(last[1])} at step ${last[0]} (${metric?.name ?? ''})`
}

function attemptLines(attempts: readonly Attempt[], style: Style): string[] {
  if (attempts.length === 0) return []
  const seen = attempts.some(({ peak }) => peak !== undefined)
  const memory = seen ? [{ title: 'gpu memory' }] : []
  const columns = [
    { title: 'attempt' },
    { title: 'slot' },
    { title: 'started' },
    { title: 'took' },
    ...memory,
    { title: 'end' },
  ]
  const [head = '', ...lines] = table(
    columns,
    attempts.map((attempt) => [
      String(attempt.number),
      attempt.slot,
      dateTime(attempt.startedAt),
      attempt.endedAt === undefined ? '' : duration(attempt.endedAt - attempt.startedAt),
      ...(seen ? [attempt.peak === undefined ? '' : bytes(attempt.peak.gpuBytes)] : []),
      endText(attempt),
    ]),
  )
  return [style.dim(head), ...lines]
}

/** What attempts were given that is not as the configuration says. */
function givenLines({ trial, params, fixed }: TrialDetails): string[] {
  return trial.attempts.flatMap((attempt) => {
    const given = givenInWords(attempt, { ...fixed, ...params })
    return given === undefined ? [] : [`attempt ${attempt.number} ran with ${given}`]
  })
}

function restLine({ state, attempts }: TrialDetails['trial']): string | undefined {
  const { retry, endedAt } = (state === 'waiting' ? attempts.at(-1) : undefined) ?? {}
  if (retry === undefined || endedAt === undefined) return undefined
  return restText({ nth: retry.nth, dueAt: endedAt + retry.afterMs }, Date.now())
}

function endText({ end, exitCode, signal, reason }: Attempt): string {
  if (end === undefined) return 'running'
  const how = signal ?? (exitCode === undefined || exitCode === 0 ? undefined : `exit code ${exitCode}`)
  const why = reason === undefined ? undefined : shortReason(reason)
  return [end, how, why].filter((part) => part !== undefined).join(', ')
}

function metricLines({ trial }: TrialDetails, style: Style): string[] {
  const rows = Object.entries(trial.metrics).map(([name, value]) => [
    name,
    Number.isInteger(value) ? String(value) : metricText(value),
  ])
  if (rows.length === 0) return []
  const [head = '', ...lines] = table([{ title: 'metric' }, { title: 'last', align: 'right' }], rows)
  return [style.dim(head), ...lines]
}

function fileLines({ files }: TrialDetails, style: Style): string[] {
  if (files.length === 0) return []
  const rows = files.slice(0, FILES).map(({ path, bytes: size }) => [path, bytes(size)])
  const [head = '', ...lines] = table([{ title: 'file' }, { title: 'size', align: 'right' }], rows)
  const more = files.length > FILES ? [style.dim(`... and ${files.length - FILES} more`)] : []
  return [style.dim(head), ...lines, ...more]
}
