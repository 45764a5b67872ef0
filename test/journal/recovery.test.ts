import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JournalEvent } from '../../src/journal/event.ts'
import { applyEvent, emptyFold } from '../../src/journal/fold.ts'
import { fileIn } from '../../src/journal/folder.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { readSweepFile } from '../../src/journal/sweep-file.ts'
import {
  appendRaw,
  create,
  journalText,
  legalEvents,
  lineStarts,
  newDir,
  replaceLine,
  SMALL,
  smallSweep,
  stillClock,
} from './a-journal.ts'

const reopened = async (dir: string) => {
  const journal = openJournal({ dir, clock: stillClock })
  await journal.close()
  return journal.snapshot
}

describe('a journal that was closed properly', () => {
  it('reads the same from the snapshot, from scratch and when opened again', async () => {
    const dir = await smallSweep()
    const fromSnapshot = readSnapshot(dir)
    rmSync(fileIn(dir, 'snapshot'))
    const fromScratch = readSnapshot(dir)
    expect(fromScratch).toEqual(fromSnapshot)
    expect(await reopened(dir)).toEqual(fromScratch)
    expect(fromScratch.trials[0]?.metrics.loss).toBe(Number.POSITIVE_INFINITY)
    expect(readdirSync(dir).sort()).toEqual(['journal.ndjson', 'snapshot.json', 'summary.json', 'sweep.json'])
  })

  it('folds the same whether through snapshots in between or from scratch, for any legal sequence', async () => {
    await fc.assert(
      fc.asyncProperty(legalEvents, fc.nat(60), async (events, cut) => {
        const dir = newDir()
        const first = create(dir)
        for (const event of events.slice(0, cut)) first.append(event)
        await first.close()
        const second = openJournal({ dir, clock: stillClock })
        for (const event of events.slice(cut)) second.append(event)
        await second.durable()
        const throughSnapshot = readSnapshot(dir)
        const inMemory = structuredClone(second.snapshot)
        await second.close()
        rmSync(fileIn(dir, 'snapshot'))
        const fromScratch = readSnapshot(dir)
        expect(throughSnapshot).toEqual(fromScratch)
        expect(inMemory).toEqual(fromScratch)
      }),
      { numRuns: 25 },
    )
  })

  it.each(['', '{', '{"format":99}', 'null'])('does without a snapshot that holds %j', async (text) => {
    const dir = await smallSweep()
    const expected = readSnapshot(dir)
    writeFileSync(fileIn(dir, 'snapshot'), text)
    expect(readSnapshot(dir)).toEqual(expected)
  })

  it('does not believe a snapshot of another journal', async () => {
    const dir = await smallSweep()
    const longer = newDir()
    const journal = create(longer)
    for (let i = 0; i < 40; i++) journal.append({ type: 'note', level: 'info', text: `another journal, note ${i}` })
    await journal.close()
    copyFileSync(fileIn(dir, 'snapshot'), fileIn(longer, 'snapshot'))
    expect(readSnapshot(longer).notes).toHaveLength(40)
    expect(readSnapshot(longer).trials).toEqual([])
  })
})

describe('a journal that was torn', () => {
  it('recovers a prefix, whatever byte it was torn at, and goes on from there', async () => {
    const whole = await smallSweep()
    rmSync(fileIn(whole, 'snapshot'))
    const data = readFileSync(fileIn(whole, 'journal'))
    const starts = lineStarts(whole)
    for (let bytes = data.length; bytes >= 0; bytes--) {
      truncateSync(fileIn(whole, 'journal'), bytes)
      const complete = bytes === data.length ? starts.length : starts.findLastIndex((start) => start <= bytes)
      const events = SMALL.slice(0, Math.max(0, complete - 1))
      const folded = (some: typeof events) => {
        const fold = emptyFold(readSweepFile(whole))
        for (const event of some) applyEvent(fold, { t: stillClock.now(), ...event } as JournalEvent)
        return fold
      }
      const expected = folded(events)
      expect(isDeepStrictEqual(readSnapshot(whole), expected), `torn at byte ${bytes}`).toBe(true)
      // Opening writes and syncs; every 61st offset is enough for that and keeps the test short.
      if (bytes % 61 !== 0) continue
      const dir = newDir()
      mkdirSync(dir)
      for (const file of ['sweep', 'journal'] as const) copyFileSync(fileIn(whole, file), fileIn(dir, file))
      const recovered = await reopened(dir)
      const said = recovered.notes.filter(({ text }) => text.includes('half written'))
      // The end of an attempt is cut off, too, when the line that goes with it is.
      const unpaired = events.at(-1)?.type === 'attempt-ended'
      expect(said).toHaveLength((starts.includes(bytes) || bytes === data.length) && !unpaired ? 0 : 1)
      const kept = folded(unpaired ? events.slice(0, -1) : events)
      expect({ ...recovered, notes: recovered.notes.filter((note) => !said.includes(note)) }).toEqual(kept)
      expect(journalText(dir).endsWith('\n')).toBe(true)
    }
  })

  it('ignores a snapshot that stands for more than the journal has', async () => {
    const dir = await smallSweep()
    const starts = lineStarts(dir)
    truncateSync(fileIn(dir, 'journal'), starts[5])
    expect(readSnapshot(dir).trials).toHaveLength(1)
    expect((await reopened(dir)).trials[0]?.curve).toEqual([])
  })

  it('cuts off the zeros that a power cut leaves', async () => {
    const dir = await smallSweep()
    const before = journalText(dir)
    appendRaw(dir, '\0'.repeat(300))
    await reopened(dir)
    expect(journalText(dir)).toMatch(before)
    expect(journalText(dir)).not.toContain('\0')
  })
})

describe('a journal with a corrupt line in the middle', () => {
  const corrupted = async (line: number, text = '{"t":17000000, "type":"tri#\u0001') => {
    const dir = await smallSweep()
    rmSync(fileIn(dir, 'snapshot'))
    replaceLine(dir, line, text)
    return dir
  }

  it('sets it aside with its offset, says so once, and uses the rest', async () => {
    const dir = await corrupted(5)
    const offset = lineStarts(dir)[5]
    const first = await reopened(dir)
    expect(first.trials[0]?.state).toBe('completed')
    const [note] = first.notes.filter(({ level }) => level === 'error')
    expect(note?.text).toContain(`at byte ${offset}: not a JSON object`)
    expect(JSON.parse(readFileSync(fileIn(dir, 'bad'), 'utf8'))).toMatchObject({ offset, problem: 'not a JSON object' })
    rmSync(fileIn(dir, 'snapshot'))
    const second = await reopened(dir)
    expect(second.notes.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(readFileSync(fileIn(dir, 'bad'), 'utf8').split('\n')).toHaveLength(2)
  })

  it('tells readers without touching the folder', async () => {
    const dir = await corrupted(5)
    const before = readdirSync(dir)
    expect(readSnapshot(dir).notes.at(-1)).toMatchObject({ level: 'error' })
    expect(readdirSync(dir)).toEqual(before)
  })

  it('keeps the numbers of later trials when the line that created one is lost', async () => {
    const dir = await corrupted(2)
    const { trials } = readSnapshot(dir)
    expect(trials.map(({ number }) => number)).toEqual([0, 1])
    expect(trials[0]).toMatchObject({ state: 'cancelled', seed: -1, reason: expect.stringContaining('corrupt') })
    expect(trials[1]).toMatchObject({ state: 'completed', value: 0.8, seed: 2 })
  })

  it('marks a configuration whose line is lost', async () => {
    const dir = await corrupted(1)
    const { configurations, trials } = readSnapshot(dir)
    expect(configurations).toEqual([{ number: 0, params: {}, lost: true }])
    expect(trials[0]?.state).toBe('completed')
    expect(await reopened(dir)).toMatchObject({ configurations })
    expect(readSnapshot(dir).configurations).toEqual(configurations)
  })

  it('leaves out a line that no longer fits what is known', async () => {
    const dir = await corrupted(8, '{"t":1,"type":"trial-state","trial":0,"state":"pruned"}')
    appendRaw(dir, '{"t":1,"type":"trial-state","trial":1,"state":"running"}\n')
    await reopened(dir)
    expect(readFileSync(fileIn(dir, 'bad'), 'utf8')).toContain('cannot go from')
  })
})

describe('a sweep that this release must not touch', () => {
  it('is refused when its journal is of a newer format, and nothing is changed', async () => {
    const dir = await smallSweep()
    replaceLine(dir, 0, journalText(dir).split('\n')[0]?.replace('"format":1', '"format":12') ?? '')
    const before = journalText(dir)
    for (const open of [() => readSnapshot(dir), () => openJournal({ dir, clock: stillClock })]) {
      expect(open).toThrow(/journal\.ndjson was written by a newer release \(format 12; this one reads up to 1\)/)
      expect(open).toThrow(expect.objectContaining({ code: 'JOURNAL_NEWER', exitCode: 3 }))
    }
    expect(journalText(dir)).toBe(before)
    expect(existsSync(fileIn(dir, 'lock'))).toBe(false)
  })

  it('is refused when its sweep.json is of a newer format', async () => {
    const dir = await smallSweep()
    const text = readFileSync(fileIn(dir, 'sweep'), 'utf8')
    writeFileSync(fileIn(dir, 'sweep'), text.replace('"format": 1', '"format": 2'))
    expect(() => readSnapshot(dir)).toThrow(expect.objectContaining({ code: 'JOURNAL_NEWER' }))
  })

  it('is refused when its sweep.json is missing or unreadable', async () => {
    const dir = await smallSweep()
    for (const text of ['', '{"id":', '[]', '{"id":"a"}', 'null']) {
      writeFileSync(fileIn(dir, 'sweep'), text)
      expect(() => openJournal({ dir, clock: stillClock })).toThrow(
        expect.objectContaining({ code: 'SWEEP_FILE_UNREADABLE' }),
      )
    }
    rmSync(fileIn(dir, 'sweep'))
    expect(() => readSnapshot(dir)).toThrow(expect.objectContaining({ code: 'SWEEP_FILE_UNREADABLE', exitCode: 3 }))
    rmSync(fileIn(dir, 'journal'))
    expect(() => readSnapshot(dir)).toThrow(expect.objectContaining({ code: 'SWEEP_MISSING', exitCode: 2 }))
  })
})

describe('a journal that was cut off between the end of an attempt and what that means for its trial', () => {
  it('says the end again, once', async () => {
    const dir = await smallSweep()
    rmSync(fileIn(dir, 'snapshot'))
    const lines = journalText(dir).split('\n')
    const end = lines.findLastIndex((line) => line.includes('"attempt-ended"'))
    truncateSync(fileIn(dir, 'journal'), lineStarts(dir)[end + 1])
    const { trials, notes } = await reopened(dir)
    expect(trials[0]).toMatchObject({ state: 'running', attempts: [{ end: 'out-of-memory' }, { number: 2 }] })
    expect(trials[0]?.attempts[1]).not.toHaveProperty('end')
    expect(notes.at(-1)?.text).toMatch(/^The last line of journal.ndjson was only half written/)
    expect(journalText(dir).match(/"attempt-ended"/g)).toHaveLength(1)
  })
})
