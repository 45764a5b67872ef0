import type { Remaining } from '../../app/eta.ts'
import { duration } from '../../base/human-readable.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import { metricText } from '../../reports/numbers.ts'
import type { Trial } from '../../trial/trial.ts'
import { bar } from '../text/chart.ts'
import { countsText, endedCount, type StateCounts } from '../text/counts-text.ts'
import { paramsLabel } from '../text/params-label.ts'
import { restText } from '../text/rest-text.ts'
import type { Style } from '../text/style.ts'
import { remainingText } from '../text/time-text.ts'
import { padded } from '../text/width.ts'

/** The configuration that leads right now. */
export interface Leader {
  readonly label: string
  readonly mean: number
  /** Half the width of the confidence interval; undefined with a single seed. */
  readonly halfWidth: number | undefined
  readonly seeds: number
}

/** Everything that one frame shows; plain data, so that a frame can be tested as text. */
export interface Frame {
  readonly live: LiveState
  readonly counts: StateCounts
  readonly leader: Leader | undefined
  readonly remaining: Remaining | undefined
  /** Newest last. */
  readonly notes: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
  readonly columns: number
  readonly rows: number
  readonly style: Style
}

const OTHER_LINES = 4

/** The lines of the live view. Slots that do not fit the window are counted instead of shown. */
export function renderFrame(frame: Frame): string[] {
  const { live, style } = frame
  const notes = frame.notes.map((note) => style.yellow(note))
  const resting = restingLines(frame)
  const room = Math.max(1, frame.rows - OTHER_LINES - notes.length - resting.length)
  const shown = live.slots.length <= room ? live.slots : live.slots.slice(0, room - 1)
  const width = Math.max(0, ...shown.map((slot) => slot.id.length))
  const hidden = live.slots.length - shown.length
  return [
    headLine(frame),
    ...leaderLines(frame),
    ...shown.map((slot) => `  ${slotLine(slot, frame, width)}`),
    ...(hidden > 0 ? [style.dim(`  ... and ${hidden} more slots`)] : []),
    ...resting,
    ...notes,
    style.dim(lastLine(live)),
  ]
}

function lastLine({ stopping, snapshot }: Frame['live']): string {
  if (stopping) return 'Stopping. Ctrl-C again kills what still runs.'
  if (snapshot.control?.pausedAt === undefined) return 'Ctrl-C stops; nothing is lost.'
  return `Paused. It goes on with: sweep resume ${snapshot.id}. Ctrl-C stops; nothing is lost.`
}

function headLine({ live, counts, remaining, now, columns, style }: Frame): string {
  const { snapshot, total } = live
  const progress = total === undefined || total === 0 ? undefined : endedCount(counts) / total
  const parts = [
    style.bold(snapshot.id),
    ...(progress === undefined ? [] : [style.green(bar(progress, columns < 70 ? 10 : 24))]),
    [countsText(counts, total, style), duration(now - snapshot.startedAt), remainingText(remaining)]
      .filter((part) => part !== undefined)
      .join(' · '),
  ]
  return parts.join('  ')
}

function leaderLines({ live, leader, style }: Frame): string[] {
  const { metric } = live.snapshot.spec
  if (leader === undefined || metric === undefined) return []
  const spread = leader.halfWidth === undefined ? '' : ` ± ${metricText(leader.halfWidth)}`
  const seeds = leader.seeds === 1 ? '1 seed' : `${leader.seeds} seeds`
  return [
    `best  ${style.bold(metricText(leader.mean))}${spread}  ${leader.label}  ${style.dim(`${metric.name}, ${seeds}`)}`,
  ]
}

function slotLine(slot: LiveState['slots'][number], { live, now, columns, style }: Frame, width: number): string {
  const name = style.cyan(padded(slot.id, width, 'left'))
  const trial = slot.trial === undefined ? undefined : live.snapshot.trials[slot.trial]
  if (trial === undefined) return `${name}  ${style.dim('free')}`
  const elapsed = slot.since === undefined ? '' : duration(now - slot.since)
  const label = paramsLabel(live.snapshot.configurations[trial.configuration]?.params ?? {})
  const work = [`trial ${trial.number}`, progressText(trial, columns), elapsed, latestText(trial)]
  return `${name}  ${work.filter((part) => part !== '').join('  ')}  ${style.dim(`${label} seed ${trial.seed}`)}`
}

const RESTING = 3

function restingLines({ live, now, style }: Frame): string[] {
  const { resting = [] } = live
  const more = resting.length > RESTING ? [style.dim(`  ... and ${resting.length - RESTING} more retries wait`)] : []
  return [...resting.slice(0, RESTING).map((it) => `  trial ${it.trial}  ${restText(it, now)}`), ...more]
}

function progressText(trial: Trial, columns: number): string {
  if (trial.progress === undefined) return ''
  const percent = `${Math.round(trial.progress * 100)} %`.padStart(5)
  return columns < 70 ? percent : `${bar(trial.progress, 10)} ${percent}`
}

function latestText(trial: Trial): string {
  const [step, value] = trial.curve.at(-1) ?? []
  return step === undefined ? '' : `${metricText(value ?? Number.NaN)} at step ${step}`
}
