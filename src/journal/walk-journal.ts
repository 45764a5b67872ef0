import { LineTail } from '../base/ndjson.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import type { JournalEvent } from './event.ts'
import { decodeEvent } from './event-codec.ts'
import { emptyFold } from './fold.ts'
import { fileIn } from './folder.ts'
import { type BadLine, refuseNewer, sizeOf, takeLine } from './read-journal.ts'
import { readSweepFile } from './sweep-file.ts'

/** One line of a journal, on the way from the first to the last. */
export interface JournalStep {
  /** 1 for the first line. */
  readonly line: number
  readonly event: JournalEvent
  /** The sweep as all lines before this one tell it; the same object in every step, changed when the next one is asked for. */
  readonly before: SweepSnapshot
  /** Of the line that follows. */
  readonly next: JournalEvent | undefined
}

const BATCH = 8 << 20

/**
 * Goes through a journal event by event, with the sweep as it stood before each. Lines that cannot be read are passed
 * over.
 *
 * @throws {UserError} SWEEP_MISSING
 * @throws {EnvironmentError} JOURNAL_NEWER, SWEEP_FILE_UNREADABLE
 */
export function* walkJournal(dir: string): Generator<JournalStep> {
  const fold = emptyFold(readSweepFile(dir))
  const path = fileIn(dir, 'journal')
  refuseNewer(path)
  const bad: BadLine[] = []
  let held: { readonly line: number; readonly event: JournalEvent; readonly take: () => void } | undefined
  let line = 0
  for (const text of linesOf(path)) {
    line++
    const event = decodeEvent(text.text)
    if (typeof event === 'string') continue
    if (held !== undefined) {
      yield { line: held.line, event: held.event, before: fold, next: event }
      held.take()
    }
    held = { line, event, take: () => takeLine({ fold, path, bad }, text) }
  }
  if (held !== undefined) yield { line: held.line, event: held.event, before: fold, next: undefined }
}

function* linesOf(path: string) {
  const tail = new LineTail(path, { longestLine: Number.POSITIVE_INFINITY })
  const size = sizeOf(path)
  while (tail.position < size) {
    const lines = tail.read(BATCH)
    if (lines.length === 0) return
    yield* lines
  }
}
