import { basename } from 'node:path'
import { bytes, counted } from '../base/human-readable.ts'
import { LineTail } from '../base/ndjson.ts'
import type { TrainerEvent } from './event-line.ts'
import type { FileReading } from './formats/format.ts'

export type LineParser = (line: string) => TrainerEvent | undefined

const LONGEST_LINE = 1 << 20

/** A file that is read line by line: the events file, stdout, stderr. */
export class LineSource {
  readonly #tail: LineTail
  readonly #parsers: readonly LineParser[]
  #dropped = 0
  #lastTaken = false

  /** @param parsers each line goes to the first that understands it */
  constructor(path: string, parsers: readonly LineParser[], offset: number) {
    this.#tail = new LineTail(path, { offset, longestLine: LONGEST_LINE })
    this.#parsers = parsers
  }

  /** @param limit bytes to read at most */
  read(limit: number): FileReading {
    const events: TrainerEvent[] = []
    for (const { text } of this.#tail.read(limit)) this.#parse(text, events)
    this.#sayDropped(events)
    return { events, behind: this.#tail.behind }
  }

  /** The last line of a process that ended without a newline; once. */
  last(): TrainerEvent[] {
    const events: TrainerEvent[] = []
    if (!this.#lastTaken) this.#parse(this.#tail.unfinished, events)
    this.#lastTaken = true
    return events
  }

  #parse(line: string, events: TrainerEvent[]): void {
    if (line === '') return
    // Progress bars draw over themselves with carriage returns; what was printed between them is a line of its own.
    for (const piece of line.includes('\r') ? line.split('\r') : [line]) {
      for (const parse of this.#parsers) {
        const event = parse(piece)
        if (event === undefined) continue
        events.push(event)
        break
      }
    }
  }

  #sayDropped(events: TrainerEvent[]): void {
    const { dropped, path } = this.#tail
    if (dropped === this.#dropped) return
    if (this.#dropped === 0) {
      const text = `${counted(dropped, 'line')} of ${basename(path)} longer than ${bytes(LONGEST_LINE)} passed over; said once.`
      events.push({ kind: 'note', level: 'warn', text })
    }
    this.#dropped = dropped
  }
}
