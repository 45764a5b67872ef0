import { durationOf } from '../../app/eta.ts'
import { duration } from '../../base/human-readable.ts'
import type { JournalEvent } from '../../journal/event.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import { metricText } from '../../reports/numbers.ts'
import { shortReason } from '../../trial/attempt-words.ts'
import type { Trial } from '../../trial/trial.ts'
import { paramsLabel } from '../text/params-label.ts'
import { restText } from '../text/rest-text.ts'
import type { Style } from '../text/style.ts'
import { trialEndedBy } from './tally.ts'

/** `trial 3 completed  val/f1 0.731  gamma=2 seed 1  2.1 s`, or why it did not complete. */
function trialEndLine(trial: Trial, { snapshot }: LiveState, style: Style): string {
  const label = paramsLabel(snapshot.configurations[trial.configuration]?.params ?? {})
  const metric = snapshot.spec.metric?.name
  const took = durationOf(trial)
  const reason = trial.state === 'completed' ? undefined : trial.reason
  const parts = [
    `trial ${trial.number} ${stateWord(trial, style)}`,
    metric !== undefined && trial.state === 'completed'
      ? `${metric} ${style.bold(metricText(trial.value ?? Number.NaN))}`
      : undefined,
    `${label} seed ${trial.seed}`.trim(),
    took === undefined ? undefined : duration(took),
    trial.reusedFrom === undefined ? undefined : `answered by ${trial.reusedFrom}`,
    reason,
  ]
  return parts.filter((part) => part !== undefined).join('  ')
}

function stateWord({ state }: Trial, style: Style): string {
  if (state === 'failed') return style.red(state)
  return state === 'completed' ? style.green(state) : style.yellow(state)
}

const LAST_FAILURE = / The last one, trial \d+: .*$/s

/** What an event is worth telling a person in one line; undefined = nothing. */
export type EventLines = (event: JournalEvent, live: LiveState) => string | undefined

/** Tells each note once, whichever trials repeat it: the report says how many did. */
export function eventLines(style: Style): EventLines {
  const told = new Set<string>()
  return (event, live) => {
    if (event.type !== 'note') return eventLine(event, live, style)
    if (told.has(event.text)) return undefined
    told.add(event.text)
    const of = event.trial === undefined ? '' : ` (trial ${event.trial})`
    return `${event.level === 'info' ? 'note' : style.yellow(event.level)}${of}: ${event.text}`
  }
}

function eventLine(event: JournalEvent, live: LiveState, style: Style): string | undefined {
  const ended = trialEndedBy(event, live)
  if (ended !== undefined) return trialEndLine(ended, live, style)
  if (event.type === 'attempt-started' && event.attempt > 1) {
    return `trial ${event.trial} starts attempt ${event.attempt} on ${event.slot}`
  }
  if (event.type === 'attempt-ended' && event.retry !== undefined) {
    const { trial, attempt, end, retry, reason = '' } = event
    const rest = restText({ nth: retry.nth, dueAt: retry.afterMs }, 0)
    return `trial ${trial} attempt ${attempt} ${style.yellow(end)}; ${rest}  ${shortReason(reason)}`
  }
  if (event.type === 'sweep-control' && event.paused !== undefined) {
    return event.paused ? 'paused: running trials are ended, and the slots go back' : 'goes on'
  }
  if (event.type === 'sweep-state' && event.state === 'stopped') {
    // Its last failure was told a line above, with all that the trainer said.
    const reason = event.by === 'failures' ? event.reason?.replace(LAST_FAILURE, '') : event.reason
    return reason === undefined ? 'sweep stopped' : `sweep stopped: ${reason}`
  }
  return undefined
}
