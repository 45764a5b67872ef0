import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { counted } from '../base/human-readable.ts'
import { type Line, LineTail } from '../base/ndjson.ts'
import { FINAL_STATES } from '../trial/states.ts'
import { JOURNAL_FORMAT, type JournalEvent } from './event.ts'
import { decodeEvent } from './event-codec.ts'
import { applyEvent, emptyFold, type SweepFold } from './fold.ts'
import { fileIn, SWEEP_FILES } from './folder.ts'
import { type FoldAt, readSnapshotFile } from './snapshot-file.ts'
import { newerError, type SweepFile } from './sweep-file.ts'

/** A line in the middle of the journal that could not be used. */
export interface BadLine {
  readonly offset: number
  readonly text: string
  /** What is wrong with it, in words. */
  readonly problem: string
}

export interface ReadJournal extends FoldAt {
  /** Bytes of the last line that has no end: its writer died while writing it. */
  readonly torn: number
  readonly bad: readonly BadLine[]
  /** Where the last line starts, when it tells the end of an attempt and the line after it, what that means, is missing. */
  readonly unpaired?: number
  /** Bytes that the snapshot file already stood for; 0 = everything was folded afresh. */
  readonly fromSnapshot: number
}

const TAIL_BYTES = 64
const BATCH = 8 << 20

/**
 * Folds snapshot.json and the journal behind it, or the whole journal when the snapshot does not fit. Changes nothing
 * on disk, takes no lock; a line that is being written right now is not seen.
 *
 * @throws {EnvironmentError} JOURNAL_NEWER
 */
export function readJournal(dir: string, sweep: SweepFile): ReadJournal {
  const path = fileIn(dir, 'journal')
  refuseNewer(path)
  const snapshot = readSnapshotFile(dir, sweep)
  const usable = snapshot !== undefined && snapshot.offset > 0 && tailOf(path, snapshot.offset) === snapshot.tail
  const start = usable ? snapshot : { fold: emptyFold(sweep), offset: 0 }
  const tail = new LineTail(path, { offset: start.offset, longestLine: Number.POSITIVE_INFINITY })
  const bad: BadLine[] = []
  const size = sizeOf(path)
  let last: Line | undefined
  while (tail.position < size) {
    for (const line of tail.read(BATCH)) {
      takeLine({ fold: start.fold, path, bad }, line)
      last = line
    }
  }
  const { offset } = tail
  return {
    ...(last !== undefined && isUnpaired(start.fold, last) ? { unpaired: last.offset } : {}),
    fold: start.fold,
    offset,
    tail: tailOf(path, offset),
    torn: sizeOf(path) - offset,
    bad,
    fromSnapshot: usable ? snapshot.offset : 0,
  }
}

/** Both lines are appended together, so only a power cut or a full disk can have come between them. */
function isUnpaired({ trials }: SweepFold, { text }: Line): boolean {
  const event = decodeEvent(text)
  return typeof event === 'object' && event.type === 'attempt-ended' && trials[event.trial]?.state === 'running'
}

/** @returns 0 when there is no journal yet */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The last bytes before `offset`; empty when the file does not reach that far. */
export function tailOf(path: string, offset: number): string {
  const length = Math.min(TAIL_BYTES, offset)
  if (length === 0 || sizeOf(path) < offset) return ''
  const fd = openSync(path, 'r')
  try {
    const data = Buffer.alloc(length)
    readSync(fd, data, 0, length, offset - length)
    return data.toString('latin1')
  } finally {
    closeSync(fd)
  }
}

/**
 * The first line names the format, also when a snapshot spares us the reading of it.
 *
 * @throws {EnvironmentError} JOURNAL_NEWER
 */
export function refuseNewer(path: string): void {
  const first = new LineTail(path).read(1 << 16)[0]
  const event = first === undefined ? 'none' : decodeEvent(first.text)
  if (typeof event === 'object') checkFormat(path, event)
}

function checkFormat(path: string, event: JournalEvent): void {
  if (event.type === 'sweep-created' && event.format > JOURNAL_FORMAT) throw newerError(path, event.format)
}

export interface Taking {
  readonly fold: SweepFold
  readonly path: string
  readonly bad: BadLine[]
}

export function takeLine({ fold, path, bad }: Taking, line: Line): void {
  const event = decodeEvent(line.text)
  if (typeof event === 'string') {
    bad.push({ ...line, problem: event })
    return
  }
  checkFormat(path, event)
  try {
    fillGap(fold, event)
    if (!concernsLostTrial(fold, event)) applyEvent(fold, event)
  } catch (error) {
    // It is the file that is wrong here, not the program: the request to report a bug is left out.
    const problem = (error as Error).message.replace(/\. This is a bug.*/s, '')
    bad.push({ ...line, problem })
  }
}

const LOST = 'its line in the journal was corrupt'

/**
 * Numbers that were skipped belong to corrupt lines. Their places are filled, so that everything after them keeps its
 * number: a lost configuration has no params, a lost trial is cancelled and belongs to no seed.
 */
function fillGap(fold: SweepFold, event: JournalEvent): void {
  const { configurations, trials } = fold
  if (event.type === 'configuration-proposed' || event.type === 'trial-created') {
    const known = event.type === 'trial-created' ? event.configuration + 1 : event.configuration
    while (configurations.length < known) configurations.push({ number: configurations.length, params: {}, lost: true })
  }
  if (event.type !== 'trial-created') return
  while (trials.length < event.trial) {
    trials.push({
      number: trials.length,
      configuration: trials.at(-1)?.configuration ?? event.configuration,
      seed: LOST_SEED,
      state: 'cancelled',
      attempts: [],
      curve: [],
      metrics: {},
      reason: LOST,
    })
  }
}

/** No sweep has it, so a race sees that the seed of the lost trial is still to be run. */
const LOST_SEED = -1

/** What a lost trial did is not counted: nobody knows what it was a trial of. */
function concernsLostTrial(fold: SweepFold, event: JournalEvent): boolean {
  if (event.type === 'trial-created' || !('trial' in event) || event.trial === undefined) return false
  const trial = fold.trials[event.trial]
  return trial?.seed === LOST_SEED && FINAL_STATES.has(trial.state)
}

/** What the notes say about lines that were set aside. */
export function badLinesText(bad: readonly BadLine[]): string {
  const [first] = bad
  const seen = `${counted(bad.length, 'line')} of ${SWEEP_FILES.journal} cannot be read, the first at byte ${first?.offset}: ${first?.problem}.`
  return `${seen} Everything else is used; \`sweep resume\` keeps a copy in ${SWEEP_FILES.bad}. A failing disk or an edit by hand does this.`
}
