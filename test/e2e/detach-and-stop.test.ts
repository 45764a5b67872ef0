import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { processesOf, sweep, until } from './sweep-process.ts'

function workspace(command: readonly string[]): { readonly folder: string; readonly env: Record<string, string> } {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const file = {
    method: 'grid',
    metric: { name: 'loss', goal: 'minimize' },
    parameters: { x: { values: [1, 2, 3, 4] } },
    seeds: 1,
    parallel: 2,
    resources: { gpus: 0, cpus: 1 },
    grace: 20,
    command,
  }
  writeFileSync(join(folder, 'sweeps/quiet.yaml'), JSON.stringify(file))
  return { folder, env: { SWEEP_LEASE_DIR: join(folder, 'leases') } }
}

describe('a detached sweep', () => {
  it('outlives the command that started it, and is stopped from another one', async () => {
    const { folder, env } = workspace(['sleep', '60'])
    const started = await sweep(folder, ['start', 'quiet', '--detach', '--json'], env).ended
    expect(started.code, started.stderr).toBe(0)
    const dir = join(folder, 'runs/quiet.1')
    expect(existsSync(join(dir, 'orchestrator.log'))).toBe(true)
    await until(
      'two trials run',
      () => readSnapshot(dir).trials.filter(({ attempts }) => attempts[0]?.handle).length === 2,
    )

    const stopped = await sweep(folder, ['stop', 'quiet'], env).ended
    expect(stopped.code, stopped.stderr).toBe(0)
    const { state, trials } = readSnapshot(dir)
    expect(state).toBe('stopped')
    expect(trials.map((trial) => trial.state)).not.toContain('running')
    await until('no process is left', () => processesOf(folder).length === 0)
  })

  it('writes on in the log of an earlier night, and is no failure when there was nothing left to do', async () => {
    const { folder, env } = workspace(['/bin/sh', '-c', 'echo "{\\"loss\\": 1}" >> "$SWEEP_EVENTS"'])
    const started = await sweep(folder, ['start', 'quiet', '--detach', '--json'], env).ended
    expect(started.code, started.stderr).toBe(0)
    const dir = join(folder, 'runs/quiet.1')
    await until('it is over', () => readSnapshot(dir).state === 'finished' && processesOf(folder).length === 0)
    const before = readFileSync(join(dir, 'orchestrator.log'), 'utf8')
    const resumed = await sweep(folder, ['resume', 'quiet', '--detach'], env).ended
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(resumed.stdout).toContain('quiet.1 has ended already')
    const after = readFileSync(join(dir, 'orchestrator.log'), 'utf8')
    expect(after.startsWith(before)).toBe(true)
    expect(after.length).toBeGreaterThan(before.length)
  })

  it('says why when it could not begin', async () => {
    const { folder, env } = workspace(['true'])
    const { code, stderr } = await sweep(folder, ['start', 'quiett', '--detach'], env).ended
    expect(code).not.toBe(0)
    expect(stderr).toContain('quiett')
    expect(existsSync(join(folder, 'runs/quiet.1'))).toBe(false)
  })

  it('kills trials that ignore SIGTERM at once when it is stopped with --now', async () => {
    const { folder, env } = workspace(['/bin/sh', '-c', 'trap "" TERM; while true; do sleep 0.1; done'])
    const running = sweep(folder, ['start', 'quiet'], env)
    const dir = join(folder, 'runs/quiet.1')
    const begun = () => existsSync(join(dir, 'trials/0001/stdout.log'))
    await until('two trials run', begun)
    // Their shells need a moment to reach the trap.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const since = performance.now()
    const stopped = await sweep(folder, ['stop', '--now'], env).ended
    expect(stopped.code, stopped.stderr).toBe(0)
    expect((await running.ended).code).toBe(130)
    expect(performance.now() - since).toBeLessThan(10_000)
    expect(readFileSync(join(dir, 'journal.ndjson'), 'utf8')).toContain('SIGKILL')
    await until('no process is left', () => processesOf(folder).length === 0)
  })
})
