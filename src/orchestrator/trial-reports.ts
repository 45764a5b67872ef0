import { LineTail } from '../base/ndjson.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { parseEventLine, type TrainerEvent } from '../protocol/event-line.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepNote, Trial } from '../trial/trial.ts'

interface AttemptFiles {
  readonly trialDir: string
  readonly attempt: number
  readonly spec: SweepSpec
}

/** What one attempt has said so far, and what of it the journal already knows. */
export class TrialReports {
  /** Last value of each metric. */
  readonly last: Record<string, number> = {}
  /** What a `result` event said; it wins over `last`. */
  readonly result: Record<string, number> = {}
  /** Notes that the journal has. */
  readonly heard = new Set<string>()
  /** 0 to 1 */
  progress: number | undefined
  readonly #tails: readonly LineTail[]
  readonly #known: Map<string, number>

  private constructor({ trialDir }: AttemptFiles, known: Map<string, number>) {
    this.#tails = [TRIAL_FILES.events, TRIAL_FILES.stdout].map((name) => new LineTail(`${trialDir}/${name}`))
    this.#known = known
  }

  static ofNewAttempt(files: AttemptFiles): TrialReports {
    const reports = new TrialReports(files, new Map())
    // What earlier attempts said is in the journal.
    if (files.attempt > 1) for (const tail of reports.#tails) while (tail.read().length > 0);
    return reports
  }

  static ofAdopted(
    files: AttemptFiles & { readonly trial: Trial; readonly notes: readonly SweepNote[] },
  ): TrialReports {
    return new TrialReports(files, new Map())
  }

  read(_final: boolean): TrainerEvent[] {
    const events = this.#tails.flatMap((tail) => tail.read().map(({ text }) => parseEventLine(text)))
    const heard = events.filter((event): event is TrainerEvent => event !== undefined)
    for (const event of heard) {
      if (event.kind === 'report') Object.assign(this.last, event.metrics)
      else if (event.kind === 'result') Object.assign(this.result, event.metrics)
      else if (event.kind === 'progress') this.progress = event.fraction
    }
    return heard
  }

  isKnown(step: number, value: number): boolean {
    return this.#known.has(`${step} ${value}`)
  }
}
