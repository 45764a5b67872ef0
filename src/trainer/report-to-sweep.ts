import { appendFileSync } from 'node:fs'

/** How a trial speaks: one line of JSON an event for the sweep, plain lines for people. */
export interface TrialReport {
  /** Metrics of an epoch; `step` orders them. */
  step(step: number, metrics: Readonly<Record<string, number>>): void
  /** Final metrics; they override the last step's. */
  result(metrics: Readonly<Record<string, number>>): void
  /** @param fraction of the whole trial, 0 to 1 */
  progress(fraction: number): void
  note(level: 'info' | 'warn' | 'error', text: string): void
  /** @param path inside the trial's folder */
  artifact(kind: string, path: string, facts: Readonly<Record<string, string | number | boolean>>): void
  /** A line for people. */
  say(text: string): void
}

/**
 * Appends events to a file, each in one write, so that a reader never sees two lines mixed.
 *
 * @param file SWEEP_EVENTS, absolute
 * @param write where the lines for people go; a note goes there too
 */
export function reportTo(file: string, write: (text: string) => void): TrialReport {
  const event = (fields: object) => appendFileSync(file, `${JSON.stringify(fields)}\n`)
  return {
    step: (step, metrics) => event({ step, ...metrics }),
    result: (metrics) => event({ event: 'result', ...metrics }),
    progress: (fraction) => event({ event: 'progress', fraction }),
    note: (level, text) => {
      event({ event: 'note', level, text })
      write(`${level}: ${text}\n`)
    },
    artifact: (kind, path, facts) => event({ event: 'artifact', kind, path, ...facts }),
    say: (text) => write(`${text}\n`),
  }
}
