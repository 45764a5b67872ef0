import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { processesOf, type SweepProcess, sweep, until } from './sweep-process.ts'

// A trial writes down who it is, leaves a worker in a session of its own, and waits for the file `go`.
const TRIAL = `
echo "$SWEEP_TRIAL $SWEEP_ATTEMPT" >> "$WITNESS"
setsid sh -c 'while [ -d "$SWEEP_TRIAL_DIR" ]; do sleep 0.1; done' &
until [ -e "$GO" ]; do [ -d "$SWEEP_TRIAL_DIR" ] || exit 1; sleep 0.02; done
echo '{"loss": 1}' >> "$SWEEP_EVENTS"
`

function workspace(onDeath: string): { readonly folder: string; readonly env: Record<string, string> } {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const lines = [
    'method: grid',
    'metric: { name: loss, goal: minimize }',
    'parameters: { x: { min: 0, max: 1 } }',
    'parallel: 2',
    'resources: { gpus: 0, cpus: 1 }',
    'grace: 1s',
    `on_orchestrator_death: ${onDeath}`,
    'command: [sh, trial.sh]',
  ]
  writeFileSync(join(folder, 'sweeps/two.yaml'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'trial.sh'), TRIAL)
  const env = { WITNESS: join(folder, 'witness'), GO: join(folder, 'go'), SWEEP_LEASE_DIR: join(folder, 'leases') }
  return { folder, env }
}

const witnesses = (folder: string): string[] =>
  existsSync(join(folder, 'witness')) ? readFileSync(join(folder, 'witness'), 'utf8').trim().split('\n').sort() : []

/** Starts the sweep; both trials run. */
async function begun(folder: string, env: Record<string, string>): Promise<SweepProcess> {
  const started = sweep(folder, ['start', 'two'], env)
  await until('both trials run', () => witnesses(folder).length === 2)
  await new Promise((resolve) => setTimeout(resolve, 200))
  return started
}

/** For a moment a process that a trial has begun bears its name, so that more than those may be seen. */
const trialsOf = (folder: string) => processesOf(folder).filter((line) => line.includes('trial.sh'))

async function killed(folder: string, env: Record<string, string>): Promise<void> {
  const { child, ended } = await begun(folder, env)
  child.kill('SIGKILL')
  await ended
}

/** Lets the trials end and resumes. @returns the attempts that ran, as `trial attempt` */
async function resumed(folder: string, env: Record<string, string>): Promise<string[]> {
  const { ended } = sweep(folder, ['resume', 'two'], env)
  writeFileSync(join(folder, 'go'), '')
  const { code, stderr } = await ended
  expect(code, stderr).toBe(0)
  const { trials, state } = readSnapshot(join(folder, 'runs/two.1'))
  expect(state).toBe('finished')
  expect(trials.map((trial) => trial.state)).toEqual(['completed', 'completed'])
  await until('no process is left', () => processesOf(folder).length === 0)
  return witnesses(folder)
}

describe('running trials whose orchestrator was killed', () => {
  it('go on and are adopted where the sweep file says "continue"', async () => {
    const { folder, env } = workspace('continue')
    await killed(folder, env)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await until('the two trials run on', () => trialsOf(folder).length === 2)
    expect(await resumed(folder, env)).toEqual(['0 1', '1 1'])
  }, 40_000)

  it('end whole where it says "stop", and run again at the resume', async () => {
    const { folder, env } = workspace('stop')
    await killed(folder, env)
    await until('all have ended', () => processesOf(folder).length === 0)
    expect(readSnapshot(join(folder, 'runs/two.1')).trials.map(({ state }) => state)).toEqual(['running', 'running'])
    expect(await resumed(folder, env)).toEqual(['0 1', '0 2', '1 1', '1 2'])
  }, 40_000)

  it('are ended by the resume where it says "stop" and their keeper was killed, too', async () => {
    const { folder, env } = workspace('stop')
    const { child, ended } = await begun(folder, env)
    const record = readFileSync(join(folder, 'runs/two.1/attempts.ndjson'), 'utf8')
    // Suspended first, so that neither can react to the death of the other.
    child.kill('SIGSTOP')
    for (const [, pid] of record.matchAll(/"keeper":\{[^}]*"pid":(\d+)/g)) process.kill(Number(pid), 'SIGKILL')
    child.kill('SIGKILL')
    await ended
    await until('the two trials run on', () => trialsOf(folder).length === 2)
    expect(await resumed(folder, env)).toEqual(['0 1', '0 2', '1 1', '1 2'])
  }, 40_000)
})
