import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startSweep } from '../../src/app/start.ts'
import { openWorkspace, sweepDirOf } from '../../src/app/workspace.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createJournal, openJournal } from '../../src/journal/open-journal.ts'
import { readSnapshot, readSummary } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { spec } from '../fixtures/a-spec.ts'

const children: ChildProcess[] = []
afterEach(async () => {
  await Promise.all(
    children.splice(0).map((child) => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      return gone
    }),
  )
})

/** A process that writes a journal as fast as it can. */
async function writer(dir: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, '../fixtures/write-journal.ts')
  const child = spawn(process.execPath, ['--import', 'jiti/register', program, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.stdout?.resume()
  return child
}

describe('storage that others complain of', () => {
  it('a reader is never told that the database is locked: it waits for nobody and holds nobody up', async () => {
    const dir = join(temporaryFolder(), 'gamma.1')
    await writer(dir)
    const counts: number[] = []
    for (let i = 0; i < 60; i++) {
      counts.push(readSnapshot(dir).notes.length)
      expect(readSummary(dir).id).toBe('gamma.1')
      await systemClock.sleep(2)
    }
    // Each saw whole events only, and later ones saw more.
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(counts.at(-1)).toBeGreaterThan(counts[0] ?? 0)
  })

  it('a lock is never broken by time: a writer that was suspended, with a lock from yesterday, keeps its sweep', async () => {
    const dir = join(temporaryFolder(), 'gamma.1')
    const child = await writer(dir)
    child.kill('SIGSTOP')
    const yesterday = new Date(Date.now() - 86_400_000)
    utimesSync(join(dir, 'lock'), yesterday, yesterday)
    expect(() => openJournal({ dir, clock: systemClock })).toThrow(/runs already: process \d+/)
    child.kill('SIGCONT')
  })

  it('status of a large sweep costs a few kilobytes: it does not read what thousands of trials have written', async () => {
    const dir = join(temporaryFolder(), 'gamma.1')
    const journal = createJournal({ dir, id: 'gamma.1', spec, provenance: {}, clock: systemClock })
    for (let trial = 0; trial < 5000; trial++) {
      if (trial % 2 === 0)
        journal.append({ type: 'configuration-proposed', configuration: trial / 2, params: { x: trial } })
      journal.append({ type: 'trial-created', trial, configuration: Math.floor(trial / 2), seed: 1 + (trial % 2) })
      journal.append({ type: 'trial-state', trial, state: 'completed', value: trial })
    }
    await journal.close()
    expect(statSync(join(dir, 'summary.json')).size).toBeLessThan(64 * 1024)
    const large = statSync(join(dir, 'journal.ndjson'))
    expect(large.size).toBeGreaterThan(500_000)
    // With the journal's content gone it answers the same, so it did not look at it beyond its first line.
    const text = readFileSync(join(dir, 'journal.ndjson'), 'utf8')
    const first = text.slice(0, text.indexOf('\n') + 1)
    writeFileSync(join(dir, 'journal.ndjson'), first.padEnd(large.size, ' '))
    expect(readSummary(dir)).toMatchObject({ trials: 5000, counts: { completed: 5000 } })
  })
})

describe('logs that others complain of', () => {
  it('what trials print side by side is never mixed and never lost, line for line', async () => {
    const workspace = openWorkspace(temporaryFolder())
    process.env.SWEEP_LEASE_DIR = join(workspace.folder, '.leases')
    mkdirSync(workspace.sweepsDir)
    const program =
      'i=0; while [ $i -lt 500 ]; do echo "out $0 $i"; echo "err $0 $i" >&2; i=$((i+1)); done; exit $((1 - $0 % 2))'
    const file = `method: grid\ncommand: [sh, -c, '${program}', "\${param:x}"]\nparameters: { x: { values: [0, 1, 2, 3, 4, 5] } }\nresources: { gpus: 0 }\nmax_failures: 99\n`
    writeFileSync(join(workspace.sweepsDir, 'n.yaml'), file)
    const { id, snapshot } = await startSweep({ workspace, sweep: 'n' })
    for (const { number, state, reason = '' } of snapshot.trials) {
      const log = (name: string) => readFileSync(join(sweepDirOf(workspace, id), `trials/000${number}`, name), 'utf8')
      const lines = (kind: string) => Array.from({ length: 500 }, (_, i) => `${kind} ${number} ${i}\n`).join('')
      expect(log('stdout.log')).toBe(lines('out'))
      expect(log('stderr.log')).toBe(lines('err'))
      // Of a failure a person is told the end and the file, not a table.
      expect(state).toBe(number % 2 === 0 ? 'failed' : 'completed')
      if (state === 'failed') expect(reason.split('\n').length).toBeLessThan(30)
    }
  })
})
