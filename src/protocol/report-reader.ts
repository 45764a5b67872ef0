import { statSync } from 'node:fs'
import { TRIAL_FILES } from './attempt-environment.ts'
import { parseEventLine, type TrainerEvent } from './event-line.ts'
import { findReportFiles } from './find-report-files.ts'
import type { FileFormat, FileReading } from './formats/format.ts'
import { reportFormats } from './formats/index.ts'
import { type LineParser, LineSource } from './line-source.ts'
import { compilePattern } from './pattern.ts'

export interface OpenReportsOptions {
  readonly trialDir: string
  /** Names of {@link reportFormats}; `auto` = all of them, by what is found in the trial's folder. */
  readonly formats: readonly string[]
  /** See {@link compilePattern}. Searched for in stdout and stderr. */
  readonly pattern?: string
  /** Passes over what is there already, from earlier attempts of the trial. @default false */
  readonly skipExisting?: boolean
  /** Looks for files of known formats at the first poll, not a second later: for an adopted attempt. @default false */
  readonly lookAtOnce?: boolean
}

/**
 * Everything that a trial reports, whatever way it chose, as one stream of events.
 *
 * A metric that is reported in several ways (in the events file and on stdout, say) is taken from the way that named
 * it first, so that nothing is counted twice.
 */
export interface Reports {
  /**
   * What is new since the last call. Bounded, so that a flood of output costs the caller a few milliseconds a call;
   * a call that finds nothing costs microseconds. New files of known formats are looked for about once a second.
   *
   * @param limit bytes of each file @default 256 KiB
   */
  poll(limit?: number): TrainerEvent[]
  /** After a call: there is more to read right now. */
  readonly behind: boolean
  /**
   * For when the process has gone: looks for files once more, and takes a last line that lacks its newline.
   * Bounded like `poll`: while `behind` is true, call again.
   */
  finish(limit?: number): TrainerEvent[]
}

const POLL_BYTES = 256 << 10
/** Milliseconds between looks for new files, more where a look takes long: at most 2 % of the time. */
const LOOK_MS = 1000
const LOOK_SHARE = 0.02

/** @throws {UserError} PATTERN_UNUSABLE; names that are no format are passed over, because config/ refuses them */
export function openReports(options: OpenReportsOptions): Reports {
  return new ReportReader(options)
}

/** One way in which metrics come. */
interface Way {
  readonly name: string
  read(limit: number): FileReading
}

class ReportReader implements Reports {
  readonly #trialDir: string
  readonly #lines: readonly LineSource[]
  readonly #formats: readonly { readonly name: string; readonly files: FileFormat }[]
  /** Metric -> name of the way that it is taken from. */
  readonly #owners = new Map<string, string>()
  #ways: readonly Way[]
  #nextLook: number
  #behind = false

  constructor(options: OpenReportsOptions) {
    const { trialDir, formats, pattern, skipExisting = false, lookAtOnce = false } = options
    this.#trialDir = trialDir
    this.#nextLook = performance.now() + (lookAtOnce ? 0 : LOOK_MS)
    const chosen = Object.entries(reportFormats)
      .filter(([name]) => formats.includes('auto') || formats.includes(name))
      .map(([name, entry]) => ({ name, format: entry.create({}) }))
    this.#formats = chosen.flatMap(({ name, format }) => (format.files ? [{ name, files: format.files }] : []))
    const onLines = chosen.flatMap(({ format }) => (format.parseLine ? [format.parseLine.bind(format)] : []))
    const search = pattern === undefined ? [] : [compilePattern(pattern)]
    const source = (name: string, parsers: readonly LineParser[]): Way & { source: LineSource } => {
      const path = `${trialDir}/${name}`
      const size = skipExisting ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0
      const lines = new LineSource(path, parsers, size)
      return { name, source: lines, read: (limit) => lines.read(limit) }
    }
    const ways = [
      source(TRIAL_FILES.events, [parseEventLine]),
      source(TRIAL_FILES.stdout, [parseEventLine, ...onLines, ...search]),
      ...(search.length > 0 ? [source(TRIAL_FILES.stderr, search)] : []),
    ]
    this.#ways = ways
    this.#lines = ways.map((way) => way.source)
    if (skipExisting) this.#skipFiles()
  }

  get behind(): boolean {
    return this.#behind
  }

  poll(limit = POLL_BYTES): TrainerEvent[] {
    if (this.#formats.length > 0 && performance.now() >= this.#nextLook) this.#look()
    return this.#read(limit)
  }

  finish(limit = POLL_BYTES): TrainerEvent[] {
    if (this.#formats.length > 0 && !this.#behind) this.#look()
    const events = this.#read(limit)
    if (this.#behind) return events
    this.#lines.forEach((source, i) => {
      const way = this.#ways[i] as Way
      for (const event of source.last()) this.#take(way.name, event, events)
    })
    return events
  }

  #read(limit: number): TrainerEvent[] {
    const events: TrainerEvent[] = []
    this.#behind = false
    for (const way of this.#ways) {
      const reading = way.read(limit)
      if (reading.behind) this.#behind = true
      for (const event of reading.events) this.#take(way.name, event, events)
    }
    return events
  }

  #take(way: string, event: TrainerEvent, events: TrainerEvent[]): void {
    if (event.kind !== 'report') {
      events.push(event)
      return
    }
    const names = Object.keys(event.metrics)
    for (const name of names) if (!this.#owners.has(name)) this.#owners.set(name, way)
    const own = names.filter((name) => this.#owners.get(name) === way)
    if (own.length === names.length) events.push(event)
    else if (own.length > 0) {
      events.push({ ...event, metrics: Object.fromEntries(own.map((name) => [name, event.metrics[name] as number])) })
    }
  }

  #look(): void {
    const start = performance.now()
    const accepts = (name: string) => this.#formats.some(({ files }) => files.accepts(name))
    const found = findReportFiles(this.#trialDir, accepts)
    const fileWays = this.#formats.flatMap(({ name, files }) =>
      found
        .filter((path) => files.accepts(path.slice(path.lastIndexOf('/') + 1)))
        .map((path): Way => ({ name, read: (limit) => files.read(path, limit) })),
    )
    this.#ways = [...this.#ways.slice(0, this.#lines.length), ...fileWays]
    const now = performance.now()
    this.#nextLook = now + Math.max(LOOK_MS, (now - start) / LOOK_SHARE)
  }

  /** Files of known formats have no single place to start from: what they hold is read and forgotten. */
  #skipFiles(): void {
    if (this.#formats.length === 0) return
    this.#look()
    for (const way of this.#ways.slice(this.#lines.length)) while (way.read(POLL_BYTES).behind);
  }
}
