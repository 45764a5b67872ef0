import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { processesOf, sweep, until } from './sweep-process.ts'

const TRAINER = fileURLToPath(new URL('../fixtures/trainers/counts-itself.sh', import.meta.url))
const KILLS = 10

function workspace(
  seconds: number,
  configurations = 20,
): { readonly folder: string; readonly env: Record<string, string> } {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const lines = [
    'method: grid',
    'metric: { name: loss, goal: minimize }',
    `parameters: { x: { min: 0, max: ${configurations - 1} } }`,
    'seeds: 2',
    'parallel: 2',
    'resources: { gpus: 0, cpus: 1 }',
    `command: [${TRAINER}, "\${param:x}"]`,
  ]
  writeFileSync(join(folder, 'sweeps/forty.yaml'), `${lines.join('\n')}\n`)
  return {
    folder,
    env: { COUNT: join(folder, 'count'), SLEEP: String(seconds), SWEEP_LEASE_DIR: join(folder, 'leases') },
  }
}

/** Trial numbers that the trainers themselves have written down, sorted. */
function counted(folder: string): number[] {
  return readFileSync(join(folder, 'count'), 'utf8')
    .trim()
    .split('\n')
    .map(Number)
    .sort((a, b) => a - b)
}

const ALL = Array.from({ length: 40 }, (_, i) => i)

describe('a sweep of 40 trials', () => {
  it('runs every trial exactly once when its orchestrator is killed ten times at random moments', async () => {
    const { folder, env } = workspace(0.45)
    const rng = rngFor(20_260_104, 'kill moments')
    const dir = join(folder, 'runs/forty.1')
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, ended } = sweep(folder, kill === 0 ? ['start', 'forty'] : ['resume', 'forty'], env)
      if (kill === 0) await until('the sweep has a journal', () => existsSync(join(dir, 'journal.ndjson')))
      await new Promise((resolve) => setTimeout(resolve, 20 + rng.below(kill === 0 ? 400 : 900)))
      child.kill('SIGKILL')
      await ended
    }
    const before = readSnapshot(dir).trials.filter(({ state }) => state === 'completed').length
    expect(before, 'the kills came after the end').toBeLessThan(40)

    const last = await sweep(folder, ['resume', 'forty'], env).ended
    expect(last.code, last.stderr).toBe(0)
    expect(counted(folder)).toEqual(ALL)
    const { state, trials } = readSnapshot(dir)
    expect(state).toBe('finished')
    expect(trials.map((trial) => trial.state)).toEqual(ALL.map(() => 'completed'))
    expect(trials.map(({ value }) => value)).toEqual(ALL.map((i) => Number(`${Math.floor(i / 2)}.${1 + (i % 2)}`)))
    await until(`no process is left: ${processesOf(folder).join('; ')}`, () => processesOf(folder).length === 0)
  }, 60_000)

  it('runs every trial exactly once when trials take milliseconds and the next ones are already handed over', async () => {
    const trials = 800
    const { folder, env } = workspace(0, trials / 2)
    const rng = rngFor(20_260_104, 'kill moments')
    const dir = join(folder, 'runs/forty.1')
    for (let kill = 0; kill < 6; kill++) {
      const { child, ended } = sweep(folder, kill === 0 ? ['start', 'forty'] : ['resume', 'forty'], env)
      const before = existsSync(join(folder, 'count')) ? counted(folder).length : 0
      await until('trials run', () => existsSync(join(folder, 'count')) && counted(folder).length > before + 20)
      await new Promise((resolve) => setTimeout(resolve, rng.below(100)))
      child.kill('SIGKILL')
      await ended
    }
    const last = await sweep(folder, ['resume', 'forty'], env).ended
    expect(last.code, last.stderr).toBe(0)
    expect(counted(folder)).toEqual(Array.from({ length: trials }, (_, i) => i))
    // On a busy machine a trial may look long, and those behind it are given another slot before they have begun.
    const begun = readSnapshot(dir).trials.map(({ attempts }) => attempts.filter(({ end }) => end !== 'stopped').length)
    expect(begun).toEqual(begun.map(() => 1))
    expect(readSnapshot(dir).trials.every(({ state }) => state === 'completed')).toBe(true)
    await until(`no process is left: ${processesOf(folder).join('; ')}`, () => processesOf(folder).length === 0)
  }, 60_000)

  it('stops at the first SIGTERM with exit code 130 and goes on from there', async () => {
    const { folder, env } = workspace(0.15)
    const first = sweep(folder, ['start', 'forty'], env)
    await until('some trials have completed', () => existsSync(join(folder, 'count')) && counted(folder).length > 6)
    first.child.kill('SIGTERM')
    const { code, stderr } = await first.ended
    expect(code, stderr).toBe(130)
    await until('no process is left', () => processesOf(folder).length === 0)
    const stopped = readSnapshot(join(folder, 'runs/forty.1'))
    expect(stopped.state).toBe('stopped')
    expect(stopped.trials.filter((trial) => trial.state === 'running')).toEqual([])

    const last = await sweep(folder, ['resume'], env).ended
    expect(last.code, last.stderr).toBe(0)
    // A trial may be ended between its line in the file and its exit; then it has to be run again.
    expect([...new Set(counted(folder))]).toEqual(ALL)
    expect(counted(folder).length).toBeLessThanOrEqual(42)
  }, 40_000)
})
