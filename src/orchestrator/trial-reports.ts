import type { TrainerEvent } from '../protocol/event-line.ts'
import { openReports, type Reports } from '../protocol/report-reader.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepNote, Trial } from '../trial/trial.ts'

interface AttemptFiles {
  readonly trialDir: string
  readonly attempt: number
  readonly spec: SweepSpec
  /** Instead of the trial's files. */
  readonly reports?: Reports
}

/** Calls in one go while a reader is behind: a flood of output must not hold up the loop. */
const MOST_POLLS = 8

/** What one attempt has said so far. */
export class TrialReports {
  /** Last value of each metric. */
  readonly last: Record<string, number> = {}
  /** What a `result` event said; it wins over `last`. */
  readonly result: Record<string, number> = {}
  /** Texts of the notes that the journal has. */
  readonly heard = new Set<string>()
  /** 0 to 1 */
  progress: number | undefined
  readonly #reports: Reports
  #backlog: TrainerEvent[] = []

  private constructor({ trialDir, spec, reports }: AttemptFiles, skipExisting: boolean) {
    const { formats, pattern } = spec.reports
    this.#reports =
      reports ?? openReports({ trialDir, formats, skipExisting, ...(pattern === undefined ? {} : { pattern }) })
  }

  /** What earlier attempts of the trial said is in the journal already. */
  static ofNewAttempt(files: AttemptFiles): TrialReports {
    return new TrialReports(files, files.attempt > 1)
  }

  /** For an attempt of an earlier orchestrator: only what the journal does not know yet will be read. */
  static ofAdopted(
    files: AttemptFiles & { readonly trial: Trial; readonly notes: readonly SweepNote[] },
  ): TrialReports {
    const reports = new TrialReports(files, false)
    for (const { trial, text } of files.notes) if (trial === files.trial.number) reports.heard.add(text)
    const said = reports.#drain(() => reports.#reports.poll(), Number.POSITIVE_INFINITY)
    reports.#backlog = unknownOf(said, files.trial, files.spec.metric?.name)
    return reports
  }

  /** @param final true once the process has gone: then also a last line without its newline */
  read(final: boolean): TrainerEvent[] {
    const news = final
      ? this.#drain(() => this.#reports.finish(), Number.POSITIVE_INFINITY)
      : this.#drain(() => this.#reports.poll(), MOST_POLLS)
    if (this.#backlog.length === 0) return news
    const all = [...this.#backlog, ...news]
    this.#backlog = []
    return all
  }

  #drain(read: () => TrainerEvent[], most: number): TrainerEvent[] {
    const events: TrainerEvent[] = []
    let calls = 0
    do for (const event of read()) events.push(event)
    while (this.#reports.behind && ++calls < most)
    for (const event of events) this.#remember(event)
    return events
  }

  #remember(event: TrainerEvent): void {
    if (event.kind === 'report') Object.assign(this.last, event.metrics)
    else if (event.kind === 'result') Object.assign(this.result, event.metrics)
    else if (event.kind === 'progress') this.progress = event.fraction
  }
}

/**
 * Passes over what the journal has: everything up to the last place that says what the journal heard last. The last
 * one, because a later attempt repeats steps of an earlier one in the same file.
 */
function unknownOf(events: readonly TrainerEvent[], { curve }: Trial, metric: string | undefined): TrainerEvent[] {
  const newest = curve.at(-1)
  if (newest === undefined || metric === undefined) return [...events]
  let step = 0
  let known = -1
  events.forEach((event, i) => {
    if (event.kind !== 'report' || event.metrics[metric] === undefined) return
    step = event.step ?? step + 1
    if (step === newest[0] && Object.is(event.metrics[metric], newest[1])) known = i
  })
  return events.filter((event, i) => i > known || event.kind !== 'report')
}
