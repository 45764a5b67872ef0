import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bootId } from '../../src/base/process-identity.ts'
import { fileIn } from '../../src/journal/folder.ts'
import { lockHolder } from '../../src/journal/lock.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { readSnapshot, readSummary } from '../../src/journal/read-snapshot.ts'
import { create, journalText, newDir, SMALL, smallSweep, stillClock } from './a-journal.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('createJournal', () => {
  it('makes the folder, the frozen sweep and the lock at once, and the first line soon', async () => {
    const dir = join(newDir(), 'deeper')
    const journal = create(dir)
    expect(JSON.parse(readFileSync(fileIn(dir, 'sweep'), 'utf8'))).toMatchObject({
      id: 'gamma.1',
      spec: { seeds: [1, 2] },
    })
    expect(lockHolder(dir)).toMatchObject({ process: { pid: process.pid }, state: 'alive' })
    await pause(150)
    expect(JSON.parse(journalText(dir))).toMatchObject({ type: 'sweep-created', format: 1, id: 'gamma.1' })
    await journal.close()
    expect(lockHolder(dir)).toBeUndefined()
  })

  it('refuses a folder that has a sweep, running or not', async () => {
    const dir = newDir()
    const journal = create(dir)
    expect(() => create(dir)).toThrow(expect.objectContaining({ code: 'SWEEP_EXISTS', exitCode: 2 }))
    await journal.close()
    expect(() => create(dir)).toThrow(expect.objectContaining({ code: 'SWEEP_EXISTS' }))
    expect(lockHolder(dir)).toBeUndefined()
  })

  it('says in words that a folder cannot be made', () => {
    const dir = newDir()
    writeFileSync(dir, 'a file')
    const inFile = join(dir, 'gamma.2')
    expect(() => create(inFile)).toThrow(expect.objectContaining({ code: 'JOURNAL_UNWRITABLE', exitCode: 3 }))
  })

  it.skipIf(process.getuid?.() === 0)('says that it may not write in a read-only folder (skipped for root)', () => {
    const dir = newDir()
    mkdirSync(dir)
    chmodSync(dir, 0o555)
    expect(() => create(dir)).toThrow(/this user may not write there/)
    chmodSync(dir, 0o755)
  })
})

describe('openJournal', () => {
  it('refuses a sweep that a living process writes, naming it', async () => {
    const dir = newDir()
    const journal = create(dir)
    expect(() => openJournal({ dir, clock: stillClock })).toThrow(`process ${process.pid} on this machine`)
    expect(() => openJournal({ dir, clock: stillClock })).toThrow(expect.objectContaining({ code: 'JOURNAL_LOCKED' }))
    await journal.close()
  })

  it('refuses a sweep that another host holds, and says what to do', async () => {
    const dir = await smallSweep()
    const holder = { host: 'node17', bootId: 'b', pid: 4711, startTime: '1' }
    writeFileSync(fileIn(dir, 'lock'), JSON.stringify({ nonce: 'n', about: 'gamma.1', holders: [holder] }))
    expect(() => openJournal({ dir, clock: stillClock })).toThrow(
      expect.objectContaining({
        code: 'JOURNAL_LOCKED_ELSEWHERE',
        message: expect.stringContaining('process 4711 on host node17'),
        suggestions: [expect.stringContaining('ssh node17 ps -p 4711')],
      }),
    )
  })

  it.each([
    ['whose process is gone', { bootId: bootId(), pid: 1, startTime: 'never' }],
    ['of an earlier boot', { bootId: 'earlier', pid: process.pid, startTime: '1' }],
  ])('takes over from a writer %s', async (_, holder) => {
    const dir = await smallSweep()
    const record = { nonce: 'n', about: 'gamma.1', holders: [{ host: hostname(), ...holder }] }
    writeFileSync(fileIn(dir, 'lock'), JSON.stringify(record))
    expect(lockHolder(dir)?.state).toBe('dead')
    const journal = openJournal({ dir, clock: stillClock })
    expect(lockHolder(dir)?.process.pid).toBe(process.pid)
    await journal.close()
  })
})

describe('append and durable', () => {
  it('writes many waiting callers in the order appended', async () => {
    const dir = newDir()
    const journal = create(dir)
    const waits = Array.from({ length: 3000 }, (_, i) => {
      journal.append({ type: 'note', level: 'info', text: String(i) })
      return journal.durable()
    })
    await Promise.all(waits)
    expect(readSnapshot(dir).notes.map(({ text }) => text)).toEqual(waits.map((_, i) => String(i)))
    await journal.close()
  })

  it('serves a caller that comes just when the pump has ended', async () => {
    const dir = newDir()
    const journal = create(dir)
    for (let i = 0; i < 50; i++) {
      journal.append({ type: 'note', level: 'info', text: String(i) })
      await journal.durable()
    }
    expect(readSnapshot(dir).notes).toHaveLength(50)
    await journal.close()
  })

  it('refuses an illegal event before a byte of it is queued', async () => {
    const dir = newDir()
    const journal = create(dir)
    expect(() => journal.append({ type: 'trial-state', trial: 0, state: 'running' })).toThrow('no trial 0')
    journal.append({ type: 'space-exhausted' })
    await journal.close()
    expect(journalText(dir).split('\n')).toHaveLength(3)
    await journal.close()
    expect(() => journal.append({ type: 'space-exhausted' })).toThrow('is closed')
  })

  it.skipIf(!existsSync('/dev/full'))('decides nothing more once the disk is full (needs /dev/full)', async () => {
    const dir = await smallSweep()
    const before = journalText(dir)
    const journal = openJournal({ dir, clock: stillClock })
    // The real system call fails with the real ENOSPC: the writer's file is replaced under it before it is opened.
    renameSync(fileIn(dir, 'journal'), `${dir}/aside`)
    symlinkSync('/dev/full', fileIn(dir, 'journal'))
    journal.append({ type: 'note', level: 'info', text: 'a' })
    const full = { code: 'JOURNAL_UNWRITABLE', message: expect.stringContaining('the disk is full') }
    await expect(journal.durable()).rejects.toMatchObject(full)
    await expect(journal.durable()).rejects.toMatchObject(full)
    expect(() => journal.append({ type: 'note', level: 'info', text: 'b' })).toThrow(expect.objectContaining(full))
    await journal.close()
    expect(lockHolder(dir)).toBeUndefined()
    rmSync(fileIn(dir, 'journal'))
    renameSync(`${dir}/aside`, fileIn(dir, 'journal'))
    expect(journalText(dir)).toBe(before)
    expect(readSnapshot(dir).notes.map(({ text }) => text)).not.toContain('a')
  })
})

describe('kill -9 of a writer', () => {
  it('leaves everything that was durable, and a journal that opens', async () => {
    const dir = newDir()
    const script = join(import.meta.dirname, '../fixtures/write-journal.ts')
    const child: ChildProcess = spawn(process.execPath, ['--import', 'jiti/register', script, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let promised = -1
    child.stdout?.on('data', (data) => {
      promised = Number(String(data).trim().split('\n').at(-1))
      if (promised > 200) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.once('close', resolve))
    expect(lockHolder(dir)?.state).toBe('dead')
    const numbers = readSnapshot(dir).notes.map(({ text }) => Number(text))
    expect(numbers.length).toBeGreaterThan(promised)
    expect(numbers).toEqual(numbers.map((_, i) => i))
    const journal = openJournal({ dir, clock: stillClock })
    journal.append({ type: 'space-exhausted' })
    await journal.close()
    expect(readSnapshot(dir)).toMatchObject({ exhausted: true })
  })
})

describe('readSummary', () => {
  it('tells counts, ranking and running trials, also without its file', async () => {
    const dir = newDir()
    const journal = create(dir)
    for (const event of SMALL.slice(0, 13)) journal.append(event)
    journal.append({ type: 'attempt-started', trial: 1, attempt: 1, slot: 'gpu1' })
    journal.append({ type: 'reported', trial: 1, step: 3, value: Number.NEGATIVE_INFINITY })
    await journal.durable()
    const expected = {
      id: 'gamma.1',
      metric: { name: 'f1', goal: 'maximize' },
      state: 'running',
      counts: { completed: 1, running: 1, waiting: 0 },
      running: [{ number: 1, seed: 2, slot: 'gpu1', step: 3, value: Number.NEGATIVE_INFINITY }],
      top: [
        { rank: 1, configuration: 0, n: 1, mean: 0.75, high: Number.POSITIVE_INFINITY, incomplete: true, trials: [0] },
      ],
    }
    expect(readSummary(dir)).toMatchObject(expected)
    await journal.close()
    const stored = readSummary(dir)
    expect(stored).toMatchObject(expected)
    expect(Number.isNaN(stored.top[0]?.sd)).toBe(true)
  })

  it('does not believe a summary file that is older than the journal', async () => {
    const dir = await smallSweep()
    const summary = JSON.parse(readFileSync(fileIn(dir, 'summary'), 'utf8'))
    writeFileSync(fileIn(dir, 'summary'), JSON.stringify({ ...summary, offset: 5, name: 'old' }))
    expect(readSummary(dir).name).toBe('gamma')
  })
})
