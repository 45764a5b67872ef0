import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { thisProcess } from '../../src/base/process-identity.ts'
import type { AttemptRequest, Executor, Handle } from '../../src/executors/executor.ts'
import { AttemptRecord } from '../../src/executors/local/attempt-record.ts'
import { coresOf, tasksetProgram } from '../../src/executors/local/pinning.ts'
import { local } from '../../src/executors/local.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { buildKeeper, endOf, isAlive, requestFor, trainer, until, witness } from './fixture.ts'

let keeperProgram: string
let sweepDir: string
let executor: Executor

beforeAll(async () => {
  keeperProgram = await buildKeeper(temporaryFolder())
})
beforeEach(() => {
  sweepDir = temporaryFolder()
  executor = open()
})
afterEach(() => executor.close())

const open = () => local.create({})({ sweepDir, keeperProgram })
const request = (name: string, options: Partial<Parameters<typeof requestFor>[1]> = {}) =>
  requestFor([trainer(name)], { sweepDir, ...options })
const recordLines = () => readFileSync(join(sweepDir, 'attempts.ndjson'), 'utf8').split('\n').filter(Boolean)

/** An orchestrator of its own process; resolves when it has started its attempts. */
async function orchestratorToKill(count: number, program: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../fixtures/orchestrator-to-kill.ts')
  const argv = ['--import', 'jiti/register', script, sweepDir, keeperProgram, String(count), program]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  return child
}

describe('the local executor, with trainers that behave badly', () => {
  it('says which signal killed an attempt, and that it is usually the out-of-memory killer', async () => {
    const end = await endOf(executor, await executor.start(request('kills-itself.sh')))
    expect(end).toMatchObject({ end: 'crashed', signal: 'SIGKILL' })
    expect(end.reason).toMatch(/^killed by SIGKILL after [\d.]+ s; SIGKILL is usually the out-of-memory killer$/)
  })

  it('says with which code an attempt exited', async () => {
    const end = await endOf(executor, await executor.start(request('crashes.sh')))
    expect(end).toMatchObject({ end: 'crashed', exitCode: 3 })
    expect(end.reason).toMatch(/^exited with code 3 after [\d.]+ s$/)
  })

  it('ends what a trainer left behind before it calls the attempt ended', async () => {
    const leaving = request('leaves-a-grandchild.sh', { graceMs: 100 })
    const end = await endOf(executor, await executor.start(leaving))
    expect(end.end).toBe('finished')
    expect(isAlive(Number((await witness(leaving))[0]))).toBe(false)
  })

  it('stops a trainer that was suspended', async () => {
    const suspended = request('stops-itself.sh')
    const handle = await executor.start(suspended)
    await witness(suspended)
    executor.stop(handle, 'stop')
    expect((await endOf(executor, handle)).end).toBe('stopped')
  })

  it('takes 100 MB of output straight to the file', async () => {
    const printing = request('prints-100-mb.sh')
    expect((await endOf(executor, await executor.start(printing))).end).toBe('finished')
    expect(statSync(printing.stdout).size).toBe(100_000_000)
  })

  it('waits for a trainer that closed its output', async () => {
    expect((await endOf(executor, await executor.start(request('closes-stdout.sh')))).end).toBe('finished')
  })

  it('adds the output of a second attempt to that of the first', async () => {
    await endOf(executor, await executor.start(request('ok.sh', { attempt: 1 })))
    await endOf(executor, await executor.start(request('ok.sh', { attempt: 2 })))
    expect(readFileSync(request('ok.sh').stdout, 'utf8')).toBe('said\nsaid\n')
  })

  it('gives an attempt exactly the environment of its request', async () => {
    const printing = { ...request('ok.sh'), argv: ['/usr/bin/env'] }
    const env = { ...printing.env, WITH_NEWLINE: 'a\nb', EMPTY: '' }
    await endOf(executor, await executor.start({ ...printing, env }))
    const seen = readFileSync(printing.stdout, 'utf8')
    const wanted = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    expect(seen.trim().split('\n').sort()).toEqual(wanted.join('\n').split('\n').sort())
  })
})

describe('the local executor, asked to start what cannot be started', () => {
  it('names the program that is not on the PATH', async () => {
    const starting = executor.start({ ...request('ok.sh'), argv: ['no-such-program'] })
    await expect(starting).rejects.toThrow('Trial 0 could not be started: no program "no-such-program" is on its PATH.')
  })

  it('says that a file is not executable', async () => {
    writeFileSync(join(sweepDir, 'train.py'), '', { mode: 0o644 })
    const starting = executor.start({ ...request('ok.sh'), argv: [join(sweepDir, 'train.py')] })
    await expect(starting).rejects.toThrow('is there, but is not executable')
  })

  it('names a missing folder', async () => {
    await expect(executor.start({ ...request('ok.sh'), cwd: '/no/such/folder' })).rejects.toThrow('/no/such/folder')
  })

  it('tells in a poll what only the spawn could find out', async () => {
    writeFileSync(join(sweepDir, 'train'), '#!/no/such/interpreter\n', { mode: 0o755 })
    const end = await endOf(executor, await executor.start({ ...request('ok.sh'), argv: [join(sweepDir, 'train')] }))
    expect(end).toMatchObject({ end: 'crashed', reason: expect.stringContaining('ENOENT') })
  })

  it('says why when its keeper cannot run', async () => {
    const broken = local.create({})({ sweepDir, keeperProgram: join(sweepDir, 'no-keeper.mjs') })
    await expect(broken.start(request('ok.sh'))).rejects.toMatchObject({ code: 'KEEPER_FAILS' })
    await broken.close()
  })
})

describe('the local executor, after its orchestrator was killed', () => {
  it('adopts what runs and learns how it ends', async () => {
    const killed = await orchestratorToKill(2, trainer('waits.sh'))
    const [first, second] = [request('waits.sh', { trial: 0 }), request('waits.sh', { trial: 1 })]
    await witness(first)
    await witness(second)
    killed.kill('SIGKILL')
    const [one, two, never] = await executor.reattach([0, 1, 2].map((trial) => ({ trial, attempt: 1 })))
    expect(never).toBeUndefined()
    if (one === undefined || two === undefined) throw new Error('Both run.')
    expect((await executor.poll([one, two])).map((s) => s.state)).toEqual(['running', 'running'])
    writeFileSync(join(first.trialDir, 'go'), '')
    expect(await endOf(executor, one)).toMatchObject({ end: 'finished', exitCode: 0 })
    executor.stop(two, 'stop')
    expect((await endOf(executor, two)).end).toBe('stopped')
  })

  it('starts nothing twice and forgets nothing, at whatever moment it was killed', async () => {
    const count = 40
    const killed = await orchestratorToKill(count, trainer('waits.sh'))
    // Some of them, but perhaps not all.
    await until(() => recordLines().find((line) => line.includes('"starting"')))
    killed.kill('SIGKILL')
    const attempts = Array.from({ length: count }, (_, trial) => ({ trial, attempt: 1 }))
    const found = await executor.reattach(attempts)
    const handles = await Promise.all(
      found.map((handle, trial) => handle ?? executor.start(request('waits.sh', { trial }))),
    )
    for (const { trial } of attempts) writeFileSync(join(request('waits.sh', { trial }).trialDir, 'go'), '')
    for (const handle of handles) expect((await endOf(executor, handle)).end).toBe('finished')
    for (const { trial } of attempts) expect(await witness(request('waits.sh', { trial }))).toHaveLength(1)
    expect(found.filter((handle) => handle !== undefined).length).toBeGreaterThan(0)
  })

  it('calls an attempt lost whose keeper was killed, too, and that vanished', async () => {
    const killed = await orchestratorToKill(1, trainer('waits.sh'))
    const waiting = request('waits.sh')
    const [pid] = await witness(waiting)
    await until(() => recordLines().find((line) => line.includes('"started"')))
    const keepers = recordLines().filter((line) => line.startsWith('{"keeper"'))
    const { pid: keeperPid } = JSON.parse(keepers.at(-1) as string).keeper
    killed.kill('SIGKILL')
    process.kill(keeperPid, 'SIGKILL')
    const [handle] = await executor.reattach([{ trial: 0, attempt: 1 }])
    if (handle === undefined) throw new Error('It was started.')
    expect(await executor.poll([handle])).toEqual([{ state: 'running' }])
    process.kill(Number(pid), 'SIGKILL')
    expect(await endOf(executor, handle)).toMatchObject({ end: 'lost', reason: expect.stringContaining('nobody saw') })
  })

  it('finds by its environment an attempt that the keeper had no time to name', async () => {
    const waiting = request('waits.sh', { graceMs: 100 })
    const keeper = { ...thisProcess(), startTime: 'of a dead one' }
    const lines = [{ keeper }, { trial: 0, attempt: 1, starting: { keeper: keeper.pid, graceMs: 100 } }]
    appendFileSync(join(sweepDir, 'attempts.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const child = spawn(waiting.argv[0] as string, { env: waiting.env, detached: true, stdio: 'ignore' })
    await witness(waiting)
    const [handle, other] = await executor.reattach([
      { trial: 0, attempt: 1 },
      { trial: 1, attempt: 1 },
    ])
    if (handle === undefined) throw new Error('It runs, so it must be found.')
    expect(other).toBeUndefined()
    expect(await executor.poll([handle])).toEqual([{ state: 'running' }])
    executor.stop(handle, 'stop')
    expect((await endOf(executor, handle)).end).toBe('stopped')
    expect(child.signalCode).toBe('SIGTERM')
  })

  it('does not take a new keeper for the dead one whose pid it has, as after a restart of a container', async () => {
    const dead = { ...thisProcess(), startTime: 'of a dead one' }
    const lines = [
      { keeper: dead },
      { trial: 0, attempt: 1, starting: { keeper: dead.pid, graceMs: 100 } },
      { keeper: thisProcess() },
      // So that nobody waits for it.
      { orphaned: thisProcess() },
    ]
    appendFileSync(join(sweepDir, 'attempts.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const [handle] = await executor.reattach([{ trial: 0, attempt: 1 }])
    if (handle === undefined) throw new Error('It was started.')
    expect(await executor.poll([handle])).toEqual([expect.objectContaining({ state: 'ended', end: 'lost' })])
  })

  it('reads past a line that a power cut tore', async () => {
    await endOf(executor, await executor.start(request('ok.sh')))
    await executor.close()
    appendFileSync(join(sweepDir, 'attempts.ndjson'), '{"trial":1,"att')
    executor = open()
    await endOf(executor, await executor.start(request('ok.sh', { trial: 1 })))
    const record = new AttemptRecord(join(sweepDir, 'attempts.ndjson'), [
      { trial: 0, attempt: 1 },
      { trial: 1, attempt: 1 },
    ])
    expect(record.facts({ trial: 1, attempt: 1 }).ended?.code).toBe(0)
    expect(record.facts({ trial: 0, attempt: 1 }).ended?.code).toBe(0)
    expect(record.keepers).toHaveLength(2)
  })

  it('does not judge attempts of a keeper on another host', async () => {
    const keeper = { ...thisProcess(), host: 'node7' }
    appendFileSync(join(sweepDir, 'attempts.ndjson'), `${JSON.stringify({ keeper })}\n`)
    const [handle] = await executor.reattach([{ trial: 0, attempt: 1 }])
    if (handle === undefined) throw new Error('Nobody can say that it was not started.')
    expect(await executor.poll([handle])).toEqual([{ state: 'unknown', reason: expect.stringContaining('node7') }])
  })

  it('calls an attempt lost when the machine was restarted since', async () => {
    const before = { ...thisProcess(), bootId: 'the boot before' }
    const lines = [{ keeper: before }, { trial: 0, attempt: 1, starting: { keeper: before.pid, graceMs: 1 } }]
    appendFileSync(join(sweepDir, 'attempts.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const [handle] = await executor.reattach([{ trial: 0, attempt: 1 }])
    if (handle === undefined) throw new Error('It was started.')
    expect(await endOf(executor, handle)).toMatchObject({ end: 'lost', reason: 'the machine was restarted' })
  })
})

it('names no keeper that has died, since its pid may be a stranger’s by now', async () => {
  const gone = { ...thisProcess(), startTime: 'of another process' }
  const lines = [{ keeper: gone }, { trial: 0, attempt: 1, starting: { keeper: gone.pid, graceMs: 1 } }]
  appendFileSync(join(sweepDir, 'attempts.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const [handle] = await executor.reattach([{ trial: 0, attempt: 1 }])
  expect(handle).toMatchObject({ saved: { keeper: gone.pid } })
  expect(handle?.keptBy).toBeUndefined()
})

describe('the local executor, whose keeper is killed under it', () => {
  it('watches what runs, and starts the next attempt with a new keeper', async () => {
    const waiting = request('waits.sh', { graceMs: 100 })
    const handle = await executor.start(waiting)
    await witness(waiting)
    process.kill(handle.keptBy as number, 'SIGKILL')
    await until(() => (isAlive(handle.keptBy as number) ? undefined : true))
    const next = await executor.start(request('ok.sh', { trial: 1 }))
    expect((await endOf(executor, next)).end).toBe('finished')
    // Not by the handle: the request may have been sent before the death was noticed, and been handed on.
    expect(recordLines().filter((line) => line.startsWith('{"keeper"'))).toHaveLength(2)
    expect(await executor.poll([handle])).toEqual([{ state: 'running' }])
    executor.stop(handle, 'stop')
    expect((await endOf(executor, handle)).end).toBe('stopped')
    expect(await witness(waiting)).toHaveLength(1)
  })

  it('leaves no keeper behind when it closes', async () => {
    const handle = await executor.start(request('ok.sh'))
    await endOf(executor, handle)
    await executor.close()
    expect(isAlive(handle.keptBy as number)).toBe(false)
    expect(readdirSync(sweepDir).sort()).toEqual(['attempts.ndjson', 'keeper.log', 'trials'])
  })
})

describe('the local executor, with very short trials', () => {
  it('begins an attempt when the one before it on the same turn has ended, and not before', async () => {
    const first = { ...request('waits.sh'), turn: 'cpu:0' }
    const one = await executor.start(first)
    await witness(first)
    const two = await executor.start({ ...request('ok.sh', { trial: 1 }), turn: 'cpu:0' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await executor.poll([one, two])).toEqual([{ state: 'running' }, { state: 'running' }])
    expect(recordLines().filter((line) => line.includes('"trial":1'))).toEqual([])
    writeFileSync(join(first.trialDir, 'go'), '')
    expect((await endOf(executor, two)).end).toBe('finished')
    expect((await endOf(executor, one)).end).toBe('finished')
  })

  it('never begins an attempt that is stopped before its turn', async () => {
    const first = { ...request('waits.sh'), turn: 'cpu:0' }
    const one = await executor.start(first)
    await witness(first)
    const second = { ...request('waits.sh', { trial: 1 }), turn: 'cpu:0' }
    const two = await executor.start(second)
    executor.stop(two, 'stop')
    expect((await endOf(executor, two)).end).toBe('stopped')
    writeFileSync(join(first.trialDir, 'go'), '')
    expect((await endOf(executor, one)).end).toBe('finished')
    expect(existsSync(join(second.trialDir, 'witness'))).toBe(false)
  })

  it('takes back an attempt whose turn has not come, and leaves alone one that has begun', async () => {
    const requests = [0, 1].map((trial) => ({ ...request('waits.sh', { trial }), turn: 'cpu:0' }))
    const [one, two] = (await Promise.all(requests.map((it) => executor.start(it)))) as [Handle, Handle]
    await witness(requests[0] as AttemptRequest)
    for (const handle of [one, two]) executor.recall?.(handle)
    expect(await endOf(executor, two)).toMatchObject({ end: 'stopped', lived: 0 })
    expect(await executor.poll([one])).toEqual([{ state: 'running' }])
    writeFileSync(join(requests[0]?.trialDir as string, 'go'), '')
    expect((await endOf(executor, one)).end).toBe('finished')
    executor.recall?.(one)
    expect(existsSync(join(requests[1]?.trialDir as string, 'witness'))).toBe(false)
  })

  it('runs a whole queue on each turn, one at a time', async () => {
    const names = Array.from({ length: 12 }, (_, trial) => ({ trial, attempt: 1 }))
    const requests = names.map(({ trial }) => ({ ...request('ok.sh', { trial }), turn: `cpu:${trial % 2}` }))
    const handles = await Promise.all(requests.map((it) => executor.start(it)))
    const ends = await Promise.all(handles.map((handle) => endOf(executor, handle)))
    expect(ends.map(({ end }) => end)).toEqual(names.map(() => 'finished'))
    for (const turn of [0, 1]) {
      const steps = recordLines().flatMap(
        (line) => /"trial":(\d+),"attempt":1,"(starting|ended)"/.exec(line)?.slice(1, 3).join(' ') ?? [],
      )
      const own = steps.filter((step) => Number(step.split(' ')[0]) % 2 === turn)
      expect(own).toEqual(
        names.filter(({ trial }) => trial % 2 === turn).flatMap(({ trial }) => [`${trial} starting`, `${trial} ended`]),
      )
    }
    await executor.close()
    executor = open()
    const found = (await executor.reattach(names)).filter((handle) => handle !== undefined)
    expect((await executor.poll(found)).map((status) => status.state === 'ended' && status.end)).toEqual(
      names.map(() => 'finished'),
    )
  })

  it('moves a turn to a second keeper between two of its attempts, and a third orchestrator finds them all', async () => {
    const names = Array.from({ length: 40 }, (_, trial) => ({ trial, attempt: 1 }))
    const keepers: (number | undefined)[][] = [[], []]
    let refused = false
    const slot = async (turn: number) => {
      for (let trial = turn; trial < names.length; trial += 2) {
        refused ||= executor.canQueue?.(`cpu:${turn}`) === false
        const handle = await executor.start({ ...request('ok.sh', { trial }), turn: `cpu:${turn}` })
        expect((await endOf(executor, handle)).end).toBe('finished')
        keepers[turn]?.push(handle.keptBy)
      }
    }
    await Promise.all([slot(0), slot(1)])
    expect(refused, 'the move was never announced').toBe(true)
    const last = keepers.map((of) => of.at(-1))
    expect(new Set(last).size, 'both turns end with the same keeper').toBe(2)
    await executor.close()
    executor = open()
    const found = (await executor.reattach(names)).filter((handle) => handle !== undefined)
    expect((await executor.poll(found)).map((status) => status.state === 'ended' && status.end)).toEqual(
      names.map(() => 'finished'),
    )
  })

  it('puts no attempt beside one that outlived its keeper on the same turn', async () => {
    const first = { ...request('waits.sh'), turn: 'cpu:0' }
    const one = await executor.start(first)
    await witness(first)
    const two = await executor.start({ ...request('ok.sh', { trial: 1 }), turn: 'cpu:0' })
    const other = await executor.start({ ...request('waits.sh', { trial: 2 }), turn: 'cpu:1' })
    process.kill(one.keptBy as number, 'SIGKILL')
    expect((await endOf(executor, two)).end).toBe('stopped')
    expect(executor.canQueue?.('cpu:0'), 'the one before still runs').toBe(false)
    expect(recordLines().filter((line) => line.includes('"trial":1,'))).toEqual([])
    for (const handle of [one, other]) executor.stop(handle, 'stop')
    expect((await endOf(executor, one)).end).toBe('stopped')
    expect((await endOf(executor, other)).end).toBe('stopped')
  })
})

describe('the local executor, on a machine that others use too', () => {
  const status = async (parts: Partial<AttemptRequest>): Promise<string> => {
    const printing = {
      ...request('ok.sh'),
      ...parts,
      argv: ['/bin/sh', '-c', 'sleep 0.1; nice; grep Cpus_allowed_list /proc/self/status'],
    }
    expect((await endOf(executor, await executor.start(printing))).end).toBe('finished')
    return readFileSync(printing.stdout, 'utf8')
  }

  it('lets an attempt give way to other processes', async () => {
    expect(await status({ nice: 7 })).toMatch(/^7\n/)
  })

  const why = tasksetProgram() === undefined ? '(skipped: taskset is missing)' : ''
  it.skipIf(why !== '')(`keeps an attempt on the cores of its slot ${why}`, async () => {
    const cores = coresOf(/Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] as string)
    const second = cores[1 % cores.length]
    expect(await status({ cores: { first: 1, count: 1 } })).toContain(`Cpus_allowed_list:\t${second}\n`)
    expect(coresOf('0-2,8')).toEqual([0, 1, 2, 8])
  })
})
