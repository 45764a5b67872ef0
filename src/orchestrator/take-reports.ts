import { containedPath } from '../base/contained-path.ts'
import type { TrainerEvent } from '../protocol/event-line.ts'
import { isJudged, judge } from './judge.ts'
import { trialDirOf } from './prepare-attempt.ts'
import { endSweep, type RunningAttempt, record, type SweepLoop } from './sweep-loop.ts'

/**
 * Hears what an attempt has said since the last time, writes the metric's reports into the journal, and asks the pruner
 * after each of them.
 *
 * @param final true once its process has gone: then also what is in no complete line, and nobody is asked any more
 */
export function takeReports(loop: SweepLoop, run: RunningAttempt, final: boolean): void {
  for (const event of run.reports.read(final)) {
    if (event.kind === 'report') takeReport(loop, run, { event, final })
    else if (event.kind === 'note') takeNote(loop, run, event)
    else if (event.kind === 'artifact') checkArtifact(loop, run, event.path)
  }
}

type EventOf<Kind extends TrainerEvent['kind']> = Extract<TrainerEvent, { kind: Kind }>

function takeReport(
  loop: SweepLoop,
  run: RunningAttempt,
  { event, final }: { readonly event: EventOf<'report'>; readonly final: boolean },
): void {
  const { metric } = loop.spec
  const value = metric === undefined ? undefined : event.metrics[metric.name]
  if (value === undefined) return
  const curve = loop.journal.snapshot.trials[run.trial]?.curve ?? []
  const step = event.step ?? (curve.at(-1)?.[0] ?? 0) + 1
  const judged = !final && isJudged(loop, run)
  const late = loop.pruner !== undefined && !judged
  record(loop, { type: 'reported', trial: run.trial, step, value, ...(late ? { late } : {}) })
  if (judged) judge(loop, run)
}

/** Notes a trial, at most: a trainer that complains on every step must not fill the journal. */
const MOST_NOTES = 20

function takeNote(loop: SweepLoop, run: RunningAttempt, { level, text }: EventOf<'note'>): void {
  const { heard } = run.reports
  const short = text.slice(0, 2000)
  if (heard.has(short) || heard.size > MOST_NOTES) return
  heard.add(short)
  const all = heard.size <= MOST_NOTES
  const said = all ? short : `It has more to say than ${MOST_NOTES} notes; the rest is in its events.ndjson only.`
  record(loop, { type: 'note', level: all ? level : 'info', text: said, trial: run.trial })
}

/** Artifacts stay where they are; one that lies outside the trial's folder would be lost with a copy of the sweep. */
function checkArtifact(loop: SweepLoop, run: RunningAttempt, path: string): void {
  try {
    containedPath(trialDirOf(loop.sweepDir, run.trial), path)
  } catch (error) {
    takeNote(loop, run, { kind: 'note', level: 'warn', text: (error as Error).message })
  }
}

/** True for a value that ends the sweep early because it is good enough. */
function reachesTarget({ spec }: Pick<SweepLoop, 'spec'>, value: number | undefined): boolean {
  const { metric } = spec
  if (metric?.target === undefined || value === undefined) return false
  return metric.goal === 'maximize' ? value >= metric.target : value <= metric.target
}

/** Called for each completed trial. */
export function endAtTarget(loop: SweepLoop, trial: number, value: number | undefined): void {
  if (!reachesTarget(loop, value)) return
  const { metric } = loop.spec
  const reason = `Trial ${trial} reached the target: ${metric?.name} is ${value} (target ${metric?.target}).`
  endSweep(loop, { state: 'finished', by: 'target', reason })
}
