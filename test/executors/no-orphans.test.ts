import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTimeOf } from '../../src/base/process-identity.ts'
import { allProcesses, childrenByParent, environmentOf, processName } from '../../src/base/process-tree.ts'
import type { AttemptRequest, Executor } from '../../src/executors/executor.ts'
import { AttemptTree } from '../../src/executors/local/attempt-tree.ts'
import { local } from '../../src/executors/local.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { buildKeeper, endOf, isAlive, requestFor, trainer, until, witness } from './fixture.ts'

const linux = process.platform === 'linux'
const has = (program: string) => spawnSync('which', [program]).status === 0
const missing = ['setsid', 'bash'].filter((program) => !has(program))
const why = linux ? (missing.length > 0 ? `(skipped: ${missing.join(', ')} missing)` : '') : '(skipped: needs /proc)'

const END_AS_NOBODY = join(import.meta.dirname, '../fixtures/end-as-nobody.ts')

let keeperProgram: string
let sweepDir: string
let executor: Executor

beforeAll(async () => {
  keeperProgram = await buildKeeper(temporaryFolder())
})
beforeEach(() => {
  sweepDir = temporaryFolder()
  executor = local.create({})({ sweepDir, keeperProgram })
})
afterEach(() => executor.close())

type Stray = 'session' | 'daemon' | 'job-control' | 'empty-environment' | 'workers'

function request(stray: Stray, lives: number, trial = 0): AttemptRequest {
  const made = requestFor([trainer('leaves-strays.sh')], { sweepDir, trial, graceMs: 200 })
  return { ...made, env: { ...made.env, STRAY: stray, LIVES: String(lives) } }
}

const strays = async (of: AttemptRequest, count: number) => {
  const pids = await until(async () => {
    const lines = existsSync(join(of.trialDir, 'strays')) ? await witness(of, 'strays') : []
    return lines.length >= count ? lines : undefined
  })
  return pids.map(Number)
}

const recorded = (word: string) => readFileSync(join(sweepDir, 'attempts.ndjson'), 'utf8').includes(word) || undefined

/** A process is not ours to leave behind, however it was started. */
const left = () => allProcesses().filter(({ pid }) => environmentOf(pid, ['SWEEP_TRIAL_DIR'])[0]?.startsWith(sweepDir))

describe.skipIf(why !== '')(`processes that left the group of their attempt ${why}`, () => {
  it.each([
    ['a worker in a session of its own', 'session', 1],
    ['a daemon', 'daemon', 1],
    ['a pipeline of a shell with job control', 'job-control', 2],
  ] as const)('end with an attempt that is stopped: %s, deaf to SIGTERM', async (_, stray, count) => {
    const of = request(stray, 60)
    const handle = await executor.start(of)
    const pids = await strays(of, count)
    await witness(of)
    executor.stop(handle, 'stop')
    expect((await endOf(executor, handle)).end).toBe('stopped')
    expect(pids.filter(isAlive)).toEqual([])
  })

  it.each(['session', 'daemon'] as const)(
    'end before the end of an attempt is told that ended by itself: %s',
    async (stray) => {
      const of = request(stray, 1.1)
      const end = await endOf(executor, await executor.start(of))
      const [pid] = await strays(of, 1)
      expect(isAlive(pid as number)).toBe(false)
      expect(end).toMatchObject({ end: 'finished', note: expect.stringContaining(`${pid} (sh)`) })
    },
  )

  it('end within moments when the attempt was too short to wait for a look, and its keeper waits for that', async () => {
    const of = request('daemon', 0)
    const handle = await executor.start(of)
    expect((await endOf(executor, handle)).end).toBe('finished')
    const [pid] = await strays(of, 1)
    await executor.close()
    await until(() => (isAlive(pid as number) || isAlive(handle.keptBy as number) ? undefined : true))
  })

  it('are known though their environment is empty, once they were seen below their attempt', async () => {
    const of = request('empty-environment', 2.5)
    const end = await endOf(executor, await executor.start(of))
    const [pid] = await strays(of, 1)
    expect(isAlive(pid as number)).toBe(false)
    expect(end.end).toBe('finished')
  })

  it('end when the first process was killed and nobody stopped them', async () => {
    const of = request('session', 60)
    const handle = await executor.start(of)
    const [pid] = await strays(of, 1)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    process.kill(Number((await witness(of))[0]), 'SIGKILL')
    expect(await endOf(executor, handle)).toMatchObject({ end: 'crashed', signal: 'SIGKILL' })
    expect(isAlive(pid as number)).toBe(false)
  })

  it('end when their keeper was killed before them', async () => {
    const of = request('daemon', 60)
    const handle = await executor.start(of)
    const [pid] = await strays(of, 1)
    process.kill(handle.keptBy as number, 'SIGKILL')
    await until(() => (isAlive(handle.keptBy as number) ? undefined : true))
    executor.stop(handle, 'stop')
    expect((await endOf(executor, handle)).end).toBe('stopped')
    expect(isAlive(pid as number)).toBe(false)
    expect(left()).toEqual([])
  })

  it('end when their keeper was killed after the end of a short attempt was told, before it had looked', async () => {
    const of = request('session', 0.1)
    const handle = await executor.start(of)
    const [pid] = await strays(of, 1)
    expect((await endOf(executor, handle)).end).toBe('finished')
    process.kill(handle.keptBy as number, 'SIGKILL')
    await until(() => (isAlive(pid as number) ? undefined : true))
  })

  it('end with the next start when the orchestrator died with that keeper, but what began later is left alone', async () => {
    const of = request('session', 0.1)
    const handle = await executor.start(of)
    const [pid] = await strays(of, 1)
    await endOf(executor, handle)
    process.kill(handle.keptBy as number, 'SIGSTOP')
    // As a person does who repeats the trial by hand.
    await new Promise((resolve) => setTimeout(resolve, 2500))
    const byHand = spawn('sleep', ['60'], { env: of.env, stdio: 'ignore' })
    const next = local.create({})({ sweepDir, keeperProgram })
    await until(() => (isAlive(pid as number) ? undefined : true))
    await next.close()
    expect(isAlive(byHand.pid as number)).toBe(true)
    byHand.kill('SIGKILL')
    process.kill(handle.keptBy as number, 'SIGCONT')
  })

  it('end when their keeper and their parent were killed and their environment is empty', async () => {
    const of = request('empty-environment', 60)
    const handle = await executor.start(of)
    const [pid] = await strays(of, 1)
    await until(() => recorded('"strays"'))
    // Suspended first, so that it cannot see the end of the attempt.
    process.kill(handle.keptBy as number, 'SIGSTOP')
    process.kill(Number((await witness(of))[0]), 'SIGKILL')
    process.kill(handle.keptBy as number, 'SIGKILL')
    expect((await endOf(executor, handle)).end).toBe('lost')
    expect(isAlive(pid as number)).toBe(false)
  })

  it.skipIf(!has('python3'))('end, too, when they are data-loader workers of a Python process', async () => {
    const of = request('workers', 60)
    const handle = await executor.start(of)
    const pids = await strays(of, 2)
    executor.stop(handle, 'stop')
    await endOf(executor, handle)
    expect(pids.filter(isAlive)).toEqual([])
    expect(left()).toEqual([])
  })
})

describe.skipIf(!linux)(
  `a process that has the number of one that has gone ${linux ? '' : '(skipped: needs /proc)'}`,
  () => {
    it('is never signalled', async () => {
      const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
      const pid = stranger.pid as number
      const startTime = startTimeOf(pid) as string
      const recycledLeader = new AttemptTree('0.1', pid, 'an earlier time')
      const recycledStray = new AttemptTree('0.1', 2 ** 22 + 1)
      const before = { pid, parent: 1, group: pid, session: pid, startTime: 'an earlier time' }
      recycledStray.see({ all: [before], children: childrenByParent([before]), marks: new Map([[pid, '0.1']]) })
      const now = { ...before, startTime }
      recycledLeader.see({ all: [now], children: childrenByParent([now]), marks: new Map() })
      for (const tree of [recycledLeader, recycledStray]) {
        expect(tree.lives()).toBe(false)
        tree.signal('SIGKILL')
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(stranger.signalCode).toBeNull()
      const exited = new Promise((resolve) => stranger.once('exit', resolve))
      stranger.kill('SIGKILL')
      await exited
    })
  },
)

const isRoot = process.getuid?.() === 0 && has('setpriv')
const needsRoot = isRoot ? '' : '(skipped: only root can make a process that others may not end; needs setpriv)'

describe.skipIf(!linux || !isRoot)(`a process that belongs to another user ${needsRoot}`, () => {
  it.each(['', 'setsid '])('does not hold up the end of the rest, and is named %s', async (apart) => {
    const toRoot = join(temporaryFolder(), 'to-root')
    copyFileSync('/usr/bin/setpriv', toRoot)
    chmodSync(toRoot, 0o4755)
    chmodSync(join(toRoot, '..'), 0o755)
    const script = `${apart}${toRoot} --reuid=0 --regid=0 --clear-groups sleep 60 & echo $!; exec sleep 60`
    const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', script]
    const leader = spawn('setpriv', asNobody, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => leader.once('exit', (_, signal) => resolve(signal)))
    const of = await new Promise((resolve) => leader.stdout.once('data', (line) => resolve(Number(line))))
    await until(() => (processName(of as number) === 'sleep' ? true : undefined))
    const ending = spawnSync(process.execPath, ['--import', 'jiti/register', END_AS_NOBODY, String(leader.pid)])
    expect(String(ending.stdout).trim(), String(ending.stderr)).toBe(`${of} (sleep)`)
    expect(await ended).toBe('SIGTERM')
    process.kill(of as number, 'SIGKILL')
  })
})
