import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { processesOf, sweep, until } from './sweep-process.ts'

const TRAINER = fileURLToPath(new URL('../fixtures/trainers/needs-gpu-memory.sh', import.meta.url))

it('a trial that ran out of memory goes on with half the batch, although its orchestrator was killed meanwhile', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const lines = [
    'method: grid',
    'metric: { name: f1, goal: maximize }',
    'parameters: { batch_size: { values: [4, 32] } }',
    'params: { accumulation_steps: 1 }',
    'out_of_memory: { halve: [batch_size], double: [accumulation_steps] }',
    'retry: { backoff: 3s }',
    'parallel: 1',
    'resources: { gpus: 0, cpus: 1 }',
    `command: [${TRAINER}]`,
  ]
  writeFileSync(join(folder, 'sweeps/batch.yaml'), `${lines.join('\n')}\n`)
  const env = { MEMORY_GIB: '16', SWEEP_LEASE_DIR: join(folder, 'leases') }
  const dir = join(folder, 'runs/batch.1')
  const run = (...args: string[]) => sweep(folder, args, env).ended

  const { child, ended } = sweep(folder, ['start', 'batch'], env)
  await until('a retry waits', () => {
    try {
      return readSnapshot(dir).trials[1]?.attempts[0]?.retry !== undefined
    } catch {
      return false
    }
  })
  expect((await run('status', 'batch.1')).stdout).toContain('its 1st retry')
  child.kill('SIGKILL')
  await ended

  const resumed = await run('resume', 'batch.1')
  expect(resumed.code, resumed.stderr).toBe(0)
  const { state, trials } = readSnapshot(dir)
  expect(state).toBe('finished')
  expect(trials[1]).toMatchObject({
    state: 'completed',
    value: 0.16,
    attempts: [{ end: 'out-of-memory' }, { end: 'finished', params: { batch_size: 16, accumulation_steps: 2 } }],
  })
  const { endedAt = 0, retry } = trials[1]?.attempts[0] ?? {}
  expect(trials[1]?.attempts[1]?.startedAt).toBeGreaterThanOrEqual(endedAt + (retry?.afterMs ?? 0) - 5)

  const show = await run('show', 'batch.1', '1')
  expect(show.stdout).toContain('attempt 2 ran with batch_size 16 instead of 32, accumulation_steps 2 instead of 1')
  const report = readFileSync(join(folder, 'reports/batch.1/report.md'), 'utf8')
  expect(report).toContain('1 trial ran out of memory, 0 of them until the end.')

  // What ran with another batch than its parameters say answers no later sweep.
  const second = await run('start', 'batch')
  expect(second.code, second.stderr).toBe(0)
  const again = readSnapshot(join(folder, 'runs/batch.2')).trials
  expect(again.map(({ reusedFrom }) => reusedFrom)).toEqual(['batch.1/0', undefined])
  expect(again[1]?.attempts).toHaveLength(2)
  await until('no process is left', () => processesOf(folder).length === 0)
}, 60_000)
