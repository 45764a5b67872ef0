import { appendFileSync, existsSync, mkdirSync, truncateSync } from 'node:fs'
import { removeAbandoned } from '../base/abandoned-files.ts'
import { syncFolder } from '../base/atomic-file.ts'
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { LineTail, parseObject } from '../base/ndjson.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { withDiskErrors } from './disk-error.ts'
import { JOURNAL_FORMAT } from './event.ts'
import { emptyFold } from './fold.ts'
import { fileIn, SWEEP_FILES } from './folder.ts'
import type { Journal, NewEvent } from './journal.ts'
import { JournalWriter } from './journal-writer.ts'
import { takeLock } from './lock.ts'
import { type BadLine, badLinesText, type ReadJournal, readJournal } from './read-journal.ts'
import { readSweepFile, type SweepFile, writeSweepFile } from './sweep-file.ts'

export interface CreateJournalOptions {
  /** The sweep's folder; made here, also its parents. */
  readonly dir: string
  readonly id: string
  readonly spec: SweepSpec
  readonly provenance: Readonly<Record<string, string>>
  readonly clock: Clock
}

/**
 * Starts the memory of a new sweep: its folder, sweep.json (durable at once), the lock and the first event.
 * Of two that create the same folder at the same time, one gets SWEEP_EXISTS and may take the next number.
 *
 * @throws {UserError} SWEEP_EXISTS
 * @throws {EnvironmentError} JOURNAL_LOCKED, JOURNAL_UNWRITABLE
 */
export function createJournal({ dir, id, spec, provenance, clock }: CreateJournalOptions): Journal {
  const made = withDiskErrors(dir, 'Nothing was started.', () => makeFolder(dir))
  if (!made && existsSync(fileIn(dir, 'sweep'))) throw existsError(dir, id)
  const lock = takeLock(dir, id)
  try {
    // Only now is it certain that nobody else is creating the same sweep.
    if (existsSync(fileIn(dir, 'sweep')) || existsSync(fileIn(dir, 'journal'))) throw existsError(dir, id)
    const sweep: SweepFile = { format: JOURNAL_FORMAT, id, createdAt: clock.now(), provenance, spec }
    withDiskErrors(dir, 'Nothing was started.', () => writeSweepFile(dir, sweep))
    const start = { fold: emptyFold(sweep), offset: 0, tail: '' }
    const journal = new JournalWriter({ dir, lock, clock, start, snapshotAt: 0 })
    journal.append(firstEvent(sweep))
    return journal
  } catch (error) {
    lock.release()
    throw error
  }
}

export interface OpenJournalOptions {
  readonly dir: string
  readonly clock: Clock
}

/**
 * Takes up the memory of an existing sweep after repairing what a crash left: a torn last line is cut off, corrupt
 * lines are copied to journal.bad; both are said in notes of the snapshot. A newer format is refused untouched.
 *
 * @throws {UserError} SWEEP_MISSING
 * @throws {EnvironmentError} JOURNAL_NEWER, JOURNAL_LOCKED, JOURNAL_LOCKED_ELSEWHERE, JOURNAL_UNWRITABLE,
 *   SWEEP_FILE_UNREADABLE
 */
export function openJournal({ dir, clock }: OpenJournalOptions): Journal {
  const sweep = readSweepFile(dir)
  const lock = takeLock(dir, sweep.id)
  try {
    removeAbandoned(dir)
    const [read, notes] = withDiskErrors(dir, 'Nothing was changed.', () => repaired(dir, sweep))
    const journal = new JournalWriter({ dir, lock, clock, start: read, snapshotAt: read.fromSnapshot })
    if (read.offset === 0) journal.append(firstEvent(sweep))
    for (const note of notes) journal.append(note)
    return journal
  } catch (error) {
    lock.release()
    throw error
  }
}

/** @returns whether it is new */
function makeFolder(dir: string): boolean {
  if (mkdirSync(dir, { recursive: true }) === undefined) return false
  syncFolder(`${dir}/..`)
  return true
}

function existsError(dir: string, id: string): UserError {
  return new UserError(`The sweep ${id} is already there, in ${dir}. Nothing was changed.`, {
    code: 'SWEEP_EXISTS',
    suggestions: [`sweep status ${id}`, `sweep resume ${id}`],
  })
}

function firstEvent({ id, provenance }: SweepFile): NewEvent {
  return { type: 'sweep-created', format: JOURNAL_FORMAT, id, provenance }
}

/** @returns the journal as it is used from now on, and what is to be said about it */
function repaired(dir: string, sweep: SweepFile): readonly [ReadJournal, readonly NewEvent[]] {
  const read = readJournal(dir, sweep)
  const notes: NewEvent[] = []
  const end = read.unpaired ?? read.offset
  const cut = read.offset + read.torn - end
  if (cut > 0) {
    truncateSync(fileIn(dir, 'journal'), end)
    const text = `The last line of ${SWEEP_FILES.journal} was only half written (${counted(cut, 'byte')}) and was cut off: the process that wrote it died just then.`
    notes.push({ type: 'note', level: 'warn', text })
  }
  const news = setAside(dir, read.bad)
  if (news.length > 0) notes.push({ type: 'note', level: 'error', text: badLinesText(news) })
  return [read.unpaired === undefined ? read : readJournal(dir, sweep), notes]
}

/** Copies each bad line to journal.bad once. @returns those that were not there yet */
function setAside(dir: string, bad: readonly BadLine[]): BadLine[] {
  if (bad.length === 0) return []
  const path = fileIn(dir, 'bad')
  const known = new Set(new LineTail(path).read().map(({ text }) => parseObject(text)?.offset))
  const news = bad.filter(({ offset }) => !known.has(offset))
  appendFileSync(path, news.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return news
}
