import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../src/reports/block.ts'
import { sections } from '../../src/reports/index.ts'
import type { Attempt, SweepSnapshot } from '../../src/trial/trial.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { allFailedSnapshot, realisticSnapshot } from './fixture.ts'

const short: Attempt = {
  number: 1,
  startedAt: 1,
  endedAt: 2,
  slot: 'gpu0',
  end: 'out-of-memory',
  reason: 'The trainer ran out of GPU memory.',
  shortage: { memory: 'gpu', alone: false, gpuBytes: 16 * 2 ** 30 },
  retry: { nth: 1, afterMs: 10, wants: 'alone', params: { epochs: 6 } },
}
const well: Attempt = {
  number: 2,
  startedAt: 3,
  endedAt: 4,
  slot: 'gpu0',
  end: 'finished',
  wants: 'alone',
  params: { epochs: 6 },
}

function withAttempts(changes: Readonly<Record<number, readonly Attempt[]>>): SweepSnapshot {
  const snapshot = realisticSnapshot()
  const trials = snapshot.trials.map((trial) => ({ ...trial, attempts: changes[trial.number] ?? trial.attempts }))
  return { ...snapshot, trials }
}

function tableOf(name: 'failures' | 'out-of-memory', snapshot: SweepSnapshot): readonly unknown[][] {
  const blocks = sections[name].create({}).render({ snapshot, sweepDir: '/nowhere' })
  if (blocks === 'nothing to show') return []
  const tables = (blocks as Block[]).flatMap((block) => (block.kind === 'table' ? [block.rows] : []))
  return tables.flat() as unknown[][]
}

describe('the report', () => {
  it('quotes and names stdout where a trainer says its last words there', () => {
    const sweepDir = temporaryFolder()
    const folder = join(sweepDir, 'trials/0000')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'stderr.log'), '')
    writeFileSync(join(folder, 'stdout.log'), 'KeyError: lable\n')
    const text = JSON.stringify(sections.failures.create({}).render({ snapshot: allFailedSnapshot(), sweepDir }))
    expect(text).toContain('KeyError: lable')
    expect(text).toContain('trials/0000/stdout.log')
    expect(text).not.toContain('trials/0000/stderr.log')
  })

  it('lists what ran out of memory, what it was given instead and what became of it', () => {
    const [row, ...others] = tableOf('out-of-memory', withAttempts({ 5: [short, well] }))
    expect(others).toEqual([])
    expect(row?.slice(2)).toEqual([
      '1',
      'GPU of 16 GiB, not alone',
      'again with epochs 6 instead of 12, alone on its GPU',
      'completed',
    ])
  })

  it('says that the winner did not run as its parameters say', () => {
    const snapshot = realisticSnapshot()
    const trials = snapshot.trials.map((trial) =>
      trial.state === 'completed' ? { ...trial, attempts: [short, well] } : trial,
    )
    const outOfMemory = { halve: ['epochs'], double: [] }
    const said = JSON.stringify(
      sections.problems
        .create({})
        .render({ snapshot: { ...snapshot, spec: { ...snapshot.spec, outOfMemory }, trials }, sweepDir: '/x' }),
    )
    expect(said).toContain('seed 0 with epochs 6 instead of 12; seed 1 with')
    expect(said).toContain('Its effective batch was smaller.')
  })

  it('says nothing of memory when there was enough', () => {
    expect(sections['out-of-memory'].create({}).render({ snapshot: realisticSnapshot(), sweepDir: '/x' })).toBe(
      'nothing to show',
    )
  })

  it('lists how many attempts a trial needed, and why', () => {
    const lost: Attempt = { ...short, end: 'lost', reason: 'Nobody saw how it ended: no record was left.' }
    const crashed: Attempt = { ...short, number: 2, end: 'crashed', reason: 'The trainer exited with code 1.' }
    const rows = tableOf('failures', withAttempts({ 5: [lost, crashed, { ...well, number: 3 }] }))
    expect(rows[0]?.slice(2)).toEqual([
      '3',
      '1: lost, Nobody saw how it ended: no record was left.; 2: crashed, The trainer exited with code 1.',
      'completed',
    ])
  })
})
