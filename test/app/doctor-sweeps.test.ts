import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileSystemCheck } from '../../src/app/doctor-disk.ts'
import { leaseHolderChecks } from '../../src/app/doctor-leases.ts'
import { aboutSweep, type Here, type SeenSweep, sweepChecks } from '../../src/app/doctor-sweeps.ts'
import { openWorkspace, sweepDirOf, type Workspace } from '../../src/app/workspace.ts'
import { systemClock } from '../../src/base/clock.ts'
import { identify, type ProcessIdentity, thisProcess } from '../../src/base/process-identity.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { createJournal } from '../../src/journal/open-journal.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { spec } from '../fixtures/a-spec.ts'

let workspace: Workspace
const children: ChildProcess[] = []
beforeEach(() => {
  workspace = openWorkspace(temporaryFolder())
  process.env.SWEEP_CACHE = join(workspace.folder, 'cache')
})
afterEach(async () => {
  await Promise.all(
    children.splice(0).map((child) => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      return gone
    }),
  )
})

function sweep(id: string): { readonly dir: string; readonly journal: Journal } {
  const dir = sweepDirOf(workspace, id)
  mkdirSync(dir, { recursive: true })
  const journal = createJournal({ dir, id, spec, provenance: {}, clock: systemClock })
  journal.append({ type: 'sweep-state', state: 'running' })
  return { dir, journal }
}

/** A lock that is left by a process which has died. */
async function dies({ dir, journal }: ReturnType<typeof sweep>): Promise<void> {
  await journal.close()
  const dead = { ...thisProcess(), pid: 2 ** 22 - 1, startTime: '1' }
  writeFileSync(join(dir, 'lock'), `${JSON.stringify({ nonce: 'ab', holders: [dead], about: '' })}\n`)
}

const said = async () =>
  (await sweepChecks(workspace)).map(({ state, saw, advice = '' }) => `${state}: ${saw} -> ${advice}`)

describe('doctor in runs/', () => {
  it('finds nothing wrong with sweeps that run or have ended, and changes nothing', async () => {
    const [running, ended] = [sweep('a.1'), sweep('b.1')]
    ended.journal.append({ type: 'sweep-state', state: 'finished' })
    await ended.journal.close()
    await running.journal.durable()
    const before = readdirSync(running.dir)
    expect(await said()).toEqual(['ok: 2 sweeps, none needs anything -> '])
    expect(readdirSync(running.dir)).toEqual(before)
    await running.journal.close()
  })

  it('finds dead locks and sweeps that say they run while nobody holds them', async () => {
    await dies(sweep('a.1'))
    await sweep('b.1').journal.close()
    expect(await said()).toEqual([
      expect.stringMatching(
        /^warn: a\.1: its process \d+ died without putting its lock away -> nothing is lost: sweep resume a\.1$/,
      ),
      expect.stringMatching(/^warn: b\.1 says that it runs, but nobody holds its lock -> .*sweep resume b\.1$/),
    ])
  })

  it('finds trials that still run although the process of their sweep died', async () => {
    const dying = sweep('a.1')
    dying.journal.append({ type: 'configuration-proposed', configuration: 0, params: {} })
    dying.journal.append({ type: 'trial-created', trial: 0, configuration: 0, seed: 1 })
    dying.journal.append({ type: 'attempt-started', trial: 0, attempt: 1, slot: 'cpu0' })
    await dies(dying)
    const child = started('sleep', '30')
    const lines = [{ starting: { keeper: 1, graceMs: 1 } }, { started: identify(child), at: 1 }]
    const text = lines.map((step) => `${JSON.stringify({ trial: 0, attempt: 1, ...step })}\n`).join('')
    writeFileSync(join(dying.dir, 'attempts.ndjson'), text)
    expect(await said()).toEqual([
      `warn: a.1: its process died, 1 trial still runs (trial 0 in process ${child}) -> go on with them: sweep resume a.1; end them: sweep stop a.1`,
    ])
  })

  it.skipIf(process.platform !== 'linux')('finds a process that writes a journal without its lock', async () => {
    const { dir, journal } = sweep('a.1')
    await journal.durable()
    const pid = started('sh', '-c', `exec 3>> '${dir}/journal.ndjson'; exec sleep 30`)
    await until(() => readdirSync(`/proc/${pid}/fd`).includes('3'))
    // The sleep that the shell starts has it, too.
    expect(await said()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^fail: a\\.1: process(es)? .*${pid}.* without holding its lock -> .*kill .*${pid}.*sweep resume a\\.1$`,
        ),
      ),
    ])
    await journal.close()
  })

  it('finds a journal that grows while nobody here holds it', async () => {
    const { dir, journal } = sweep('a.1')
    await journal.close()
    const timer = setInterval(
      () => appendFileSync(join(dir, 'journal.ndjson'), '{"t":1,"type":"note","level":"info","text":"x"}\n'),
      20,
    )
    try {
      expect((await said())[0]).toMatch(
        /^fail: a\.1: its journal grows, although no process .* -> another host or container/,
      )
    } finally {
      clearInterval(timer)
    }
  })

  it('finds a clock that was set back, and a sweep that cannot be read', async () => {
    const { dir, journal } = sweep('a.1')
    journal.append({ type: 'sweep-state', state: 'finished' })
    await journal.close()
    const later = Date.now() + 3 * 3_600_000
    appendFileSync(join(dir, 'journal.ndjson'), `{"t":${later},"type":"note","level":"info","text":"x"}\n`)
    const broken = sweep('b.1')
    await broken.journal.close()
    rmSync(join(broken.dir, 'sweep.json'))
    const lines = await said()
    expect(lines[0]).toMatch(
      /^warn: the newest event of a\.1 is [23] h.* in the future: .* -> set the clock \(timedatectl set-ntp true\)/,
    )
    expect(lines[1]).toMatch(/^fail: b\.1: .*sweep\.json cannot be read/)
  })

  it('says what gc would free', async () => {
    const { dir, journal } = sweep('a.1')
    journal.append({ type: 'configuration-proposed', configuration: 0, params: {} })
    journal.append({ type: 'trial-created', trial: 0, configuration: 0, seed: 1 })
    journal.append({ type: 'trial-state', trial: 0, state: 'completed', value: 1 })
    journal.append({ type: 'sweep-state', state: 'finished' })
    await journal.close()
    mkdirSync(join(dir, 'trials/0000/checkpoints'), { recursive: true })
    writeFileSync(join(dir, 'trials/0000/checkpoints/a.pt'), Buffer.alloc(8192, 1))
    expect(await said()).toContain('ok: 8.0 KiB in 1 file can be freed -> sweep gc')
  })
})

describe('what doctor says of a sweep', () => {
  const here: Here = { host: 'box', bootId: 'now', bootedMs: 1_000_000, now: 9_000_000 }
  const holder = (process: Partial<ProcessIdentity>, state: 'alive' | 'dead' | 'elsewhere') => ({
    process: { host: 'box', bootId: 'now', pid: 7, startTime: '1', ...process },
    state,
  })
  const quiet: SeenSweep = {
    ...{ id: 'a.1', dir: '/runs/a.1', holder: undefined, state: 'finished', orphans: [], writers: [] },
    ...{ grows: false, journalWrittenMs: 2_000_000, newestEventMs: 2_000_000 },
  }

  it('tells a writer on another host from a dead one, with the line to type there', () => {
    const [check] = aboutSweep({ ...quiet, holder: holder({ host: 'other' }, 'elsewhere') }, here)
    expect(check).toMatchObject({
      state: 'warn',
      advice: expect.stringMatching(/^on other: ps -fp 7; only if nothing runs there: rm '\/runs\/a\.1\/lock'/),
    })
  })

  it('finds two machines of one name by their boots', () => {
    const sameName = { ...quiet, holder: holder({ bootId: 'other' }, 'dead'), journalWrittenMs: 8_000_000 }
    expect(aboutSweep(sameName, here)[0]).toMatchObject({
      state: 'fail',
      saw: expect.stringContaining('called box as well'),
    })
    // A restart of this machine looks the same but for the time.
    const restarted = { ...sameName, state: 'running', journalWrittenMs: 900_000 } as const
    expect(aboutSweep(restarted, here).map(({ state }) => state)).toEqual(['warn'])
  })

  it('has no word for a sweep that runs as it should', () => {
    expect(
      aboutSweep({ ...quiet, state: 'running', holder: holder({}, 'alive'), writers: [7], grows: true }, here),
    ).toEqual([])
  })
})

describe('doctor and the disk', () => {
  it('knows network disks, what is in memory, and what both mean', () => {
    expect(fileSystemCheck('/runs', 0x6969)).toMatchObject({
      state: 'warn',
      saw: expect.stringContaining('NFS'),
      advice: expect.stringContaining('locks work there'),
    })
    expect(fileSystemCheck('/runs', -11317950)).toMatchObject({ saw: expect.stringContaining('CIFS') })
    expect(fileSystemCheck('/runs', 0x01021994)).toMatchObject({ saw: expect.stringContaining('memory') })
    expect(fileSystemCheck('/runs', 0xef53).state).toBe('ok')
  })
})

describe('doctor and leases', () => {
  it('finds slots whose sweep is gone, and says which rows count for nothing', async () => {
    const gone = sweep('a.1')
    await dies(gone)
    const dead = { ...thisProcess(), pid: 2 ** 22 - 1, startTime: '1' }
    const row = (slot: string, holder: string, holders: ProcessIdentity[]) => ({
      id: slot,
      holder,
      slot,
      claims: { [slot]: 1 },
      holders,
      since: 1,
    })
    const leaseDir = join(workspace.folder, 'leases')
    mkdirSync(leaseDir)
    const rows = [
      row('gpu0', gone.dir, [thisProcess()]),
      row('gpu1', '/no/such/folder', [thisProcess()]),
      row('gpu2', gone.dir, [dead]),
      row('gpu3', workspace.folder, [thisProcess()]),
    ]
    writeFileSync(join(leaseDir, 'leases.json'), JSON.stringify({ format: 1, rows }))
    expect(leaseHolderChecks(leaseDir).map(({ state, saw, advice = '' }) => `${state}: ${saw} -> ${advice}`)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^warn: gpu0 is leased to a\\.1, whose own process is gone; kept by process ${process.pid} -> .*sweep resume a\\.1`,
        ),
      ),
      expect.stringMatching(/^warn: gpu1 is leased to .*no longer there; .* kill \d+$/),
      expect.stringMatching(/^ok: 1 lease of dead processes: they count for nothing/),
    ])
    expect(readFileSync(join(leaseDir, 'leases.json'), 'utf8')).toBe(JSON.stringify({ format: 1, rows }))
  })
})

function started(program: string, ...argv: readonly string[]): number {
  const child = spawn(program, argv, { stdio: 'ignore' })
  children.push(child)
  return child.pid ?? 0
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await systemClock.sleep(10)
}
