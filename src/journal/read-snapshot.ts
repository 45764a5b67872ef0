import type { SweepNote, SweepSnapshot } from '../trial/trial.ts'
import { fileIn } from './folder.ts'
import { lockHolder } from './lock.ts'
import { badLinesText, readJournal, refuseNewer, sizeOf } from './read-journal.ts'
import { readSummaryFile, type SweepSummary, summarize } from './summary.ts'
import { readSweepFile } from './sweep-file.ts'

/** Below this size the journal itself is read in no time, so that status is exact. */
const SMALL_JOURNAL_BYTES = 1 << 20

/**
 * The sweep as its journal says right now. Takes no lock and changes nothing, so it may be called while another
 * process writes.
 *
 * @throws {UserError} SWEEP_MISSING
 * @throws {EnvironmentError} JOURNAL_NEWER, SWEEP_FILE_UNREADABLE
 */
export function readSnapshot(dir: string): SweepSnapshot {
  const { fold, bad } = readJournal(dir, readSweepFile(dir))
  if (bad.length === 0) return fold
  const note: SweepNote = { at: fold.startedAt, level: 'error', text: badLinesText(bad) }
  return fold.notes.some(({ text }) => text === note.text) ? fold : { ...fold, notes: [...fold.notes, note] }
}

/**
 * The few lines that `sweep status` needs, in milliseconds whatever the sweep's size. Of a large sweep that is being
 * written they may be some seconds old.
 *
 * @throws as {@link readSnapshot}
 */
export function readSummary(dir: string): SweepSummary {
  // Also where the summary alone would do: a damaged sweep and one of a newer release must not look well.
  readSweepFile(dir)
  refuseNewer(fileIn(dir, 'journal'))
  // In this order: a summary that a writer replaces in between stands for no more than the journal then has.
  const stored = readSummaryFile(dir)
  const size = sizeOf(fileIn(dir, 'journal'))
  if (stored?.offset === size) return stored
  if (stored !== undefined && stored.offset < size && size > SMALL_JOURNAL_BYTES) {
    const state = lockHolder(dir)?.state ?? 'dead'
    if (state !== 'dead') return stored
  }
  return summarize(readSnapshot(dir), size)
}
