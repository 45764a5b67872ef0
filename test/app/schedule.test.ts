import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type AddOptions, addSchedule } from '../../src/app/schedule/add.ts'
import { scheduleChecks } from '../../src/app/schedule/checks.ts'
import { fireSchedule } from '../../src/app/schedule/fire.ts'
import { sweepToGoOnWith } from '../../src/app/schedule/last-sweep.ts'
import { listSchedules } from '../../src/app/schedule/list.ts'
import { removeSchedule } from '../../src/app/schedule/remove.ts'
import { runSchedules } from '../../src/app/schedule/run.ts'
import { stopSweep } from '../../src/app/stop.ts'
import { openWorkspace, type Workspace } from '../../src/app/workspace.ts'
import { systemClock } from '../../src/base/clock.ts'
import { thisProcess } from '../../src/base/process-identity.ts'
import { lockHolder } from '../../src/journal/lock.ts'
import { createJournal } from '../../src/journal/open-journal.ts'
import { readSummary } from '../../src/journal/read-snapshot.ts'
import { type Firing, lastFirings } from '../../src/schedules/firing.ts'
import { readSchedule, writeSchedule } from '../../src/schedules/schedule-folder.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { NOT_BUILT, PROGRAM } from '../commands/cli.ts'
import { until } from '../e2e/sweep-process.ts'
import { spec } from '../fixtures/a-spec.ts'

const MINUTE = 60_000
/** For a machine that is busy with other tests. */
const LONG = 50_000
const why = NOT_BUILT ? ' (skipped because dist/ is not built)' : ''
const QUICK = `echo '{"loss": 1}' >> "$SWEEP_EVENTS"`
/** Ends by itself once the test says so. */
const WAITS = `while [ ! -e "$SWEEP_TRIAL_DIR/../../../../go" ]; do sleep 0.05; done; ${QUICK}`

function project(script: string, seeds = 1): Workspace {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const file = {
    method: 'grid',
    metric: { name: 'loss', goal: 'minimize' },
    parameters: { x: { values: [1, 2] } },
    seeds,
    reuse: false,
    parallel: 1,
    grace: 5,
    resources: { gpus: 0, cpus: 1 },
    command: ['/bin/sh', '-c', script],
  }
  writeFileSync(join(folder, 'sweeps/nightly.yaml'), JSON.stringify(file))
  return openWorkspace(folder)
}

const add = (workspace: Workspace, changes: Partial<AddOptions> = {}) =>
  addSchedule({
    workspace,
    name: 'nightly',
    at: '* * * * *',
    missed: 'run',
    overlap: 'skip',
    flags: { set: [] },
    wokenBy: 'none',
    environment: { ...process.env, SWEEP_LEASE_DIR: join(workspace.folder, 'leases') },
    now: NOW - 2 * MINUTE,
    ...changes,
  })

const NOW = Date.now()

/**
 * A wake-up some minutes after the first one: each minute is a new time. The clock stands still otherwise, however long
 * a test takes.
 */
const wake = (workspace: Workspace, minutes = 0, signal?: AbortSignal) => {
  const first = results(workspace).at(-1)?.dueAt ?? NOW
  return fireSchedule({
    workspace,
    name: 'nightly',
    clock: { ...systemClock, now: () => first + minutes * MINUTE },
    ...(signal === undefined ? {} : { signal }),
  })
}

/** A wake-up as a timer makes it. */
const firing = ({ folder }: Workspace) =>
  spawn(process.execPath, [PROGRAM, 'schedule', 'fire', 'nightly', '--folder', folder], { stdio: 'ignore' })

const results = ({ folder }: Workspace): Firing[] => lastFirings(folder, 'nightly')
const runsNow = (workspace: Workspace, id: string) =>
  until(
    `${id} runs a trial`,
    () => {
      const dir = join(workspace.runsDir, id)
      return existsSync(join(dir, 'journal.ndjson')) && readSummary(dir).running.length > 0
    },
    LONG,
  )

describe('adding a schedule', () => {
  it('writes it down for its owner only, with what a bare shell lacks', async () => {
    const workspace = project(QUICK)
    const environment = { PATH: '/venv/bin:/bin', SWEEP_X_TOKEN: 'hush', CUDA_HOME: '/cuda', MINE: 'kept', OTHER: 'no' }
    const added = await add(workspace, { environment, env: ['MINE'], zone: 'Europe/Berlin', until: '7:00' })
    expect(added).toMatchObject({ kept: ['CUDA_HOME', 'MINE', 'PATH'], leftOut: ['SWEEP_X_TOKEN'], replaced: false })
    const path = join(workspace.folder, 'schedules/nightly/schedule.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(added)).not.toContain('/venv/bin')
    expect(readFileSync(path, 'utf8')).not.toContain('hush')
    expect(readSchedule(workspace.folder, 'nightly')).toMatchObject({ until: '07:00', zone: 'Europe/Berlin' })
    // It holds paths of this machine: git leaves it alone.
    expect(readFileSync(join(workspace.folder, 'schedules/.gitignore'), 'utf8')).toContain('\n*\n')
  })

  it('refuses what would fail at night: the sweep file, a flag, a name', async () => {
    const workspace = project(QUICK)
    await expect(add(workspace, { sweep: 'nightli' })).rejects.toMatchObject({ code: 'SWEEP_FILE_UNKNOWN' })
    await expect(add(workspace, { flags: { set: ['seedz=2'] } })).rejects.toThrow(/seedz/)
    await expect(add(workspace, { name: 'a/b' })).rejects.toMatchObject({ code: 'SCHEDULE_NAME' })
    await expect(add(workspace, { until: '25:00' })).rejects.toMatchObject({ code: 'SCHEDULE_UNTIL' })
    expect(existsSync(join(workspace.folder, 'schedules'))).toBe(false)
  })

  it('refuses a timer for a sweep that takes a variable from the environment, unless it is kept', async () => {
    const workspace = project(QUICK)
    const flags = { set: [`notify={to: ntfy, url: "\${env:NTFY_TOPIC}"}`] }
    const environment = { PATH: process.env.PATH, NTFY_TOPIC: 'https://ntfy.sh/hush' }
    // A systemd with a memory, as in the contract of installers.
    const timer = { wokenBy: 'systemd', environment, flags }
    vi.stubEnv('PATH', `${join(import.meta.dirname, '../fixtures/bin/timers')}:${process.env.PATH}`)
    vi.stubEnv('FAKE_MACHINE', workspace.folder)
    vi.stubEnv('XDG_CONFIG_HOME', join(workspace.folder, 'config'))
    try {
      await expect(add(workspace, timer)).rejects.toMatchObject({
        code: 'SCHEDULE_ENV',
        suggestions: [expect.stringContaining('--env NTFY_TOPIC'), expect.any(String)],
      })
      expect(existsSync(join(workspace.folder, 'schedules'))).toBe(false)
      expect(await add(workspace, { ...timer, env: ['NTFY_TOPIC'] })).toMatchObject({ kept: ['NTFY_TOPIC', 'PATH'] })
      expect(await add(workspace, { ...timer, wokenBy: 'none' })).toMatchObject({ replaced: true })
      // What woke it before is taken away.
      expect(readdirSync(join(workspace.folder, 'units'))).toEqual([])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('replaces one of the same name and keeps its results; removing keeps them, too', async () => {
    const workspace = project(QUICK)
    await add(workspace)
    const firings = join(workspace.folder, 'schedules/nightly/firings')
    writeFileSync(join(firings, '2026-01-01T02-00Z.log'), 'a night\n')
    expect(await add(workspace, { at: '0 2 * * *' })).toMatchObject({ replaced: true })
    const [listed] = await listSchedules({ workspace })
    expect(listed).toMatchObject({ schedule: { at: '0 2 * * *' }, timer: 'installed', firings: [] })
    expect(await removeSchedule(workspace, 'nightly')).toMatchObject({ kept: firings, running: false })
    expect(await listSchedules({ workspace })).toEqual([])
    await expect(removeSchedule(workspace, 'nightly')).rejects.toMatchObject({ code: 'SCHEDULE_UNKNOWN' })
  })

  it('is what doctor looks at: a program that has gone, a file that is damaged', async () => {
    const workspace = project(QUICK)
    await add(workspace)
    expect(await scheduleChecks(workspace)).toMatchObject([{ name: 'schedule nightly', state: 'ok' }])
    const schedule = readSchedule(workspace.folder, 'nightly')
    writeSchedule(workspace.folder, { ...schedule, program: ['/gone/node', schedule.program[1]] })
    expect(await scheduleChecks(workspace)).toMatchObject([
      { state: 'fail', saw: expect.stringContaining('/gone/node'), advice: expect.stringContaining('schedule add') },
    ])
    writeFileSync(join(workspace.folder, 'schedules/nightly/schedule.json'), '{"format": 9}')
    expect(await scheduleChecks(workspace)).toMatchObject([
      { state: 'fail', saw: expect.stringContaining('format is 9') },
    ])
  })
})

describe('a sweep that the machine ends night after night', () => {
  const night = (changes: Partial<Firing>): Firing => ({
    stamp: '2026-01-01T02-00Z',
    dueAt: 0,
    startedAt: 0,
    tries: 1,
    outcome: 'failed',
    exitCode: 3,
    began: 'resume',
    sweep: 'nightly.1',
    completed: 4,
    log: '/no/such.log',
    process: thisProcess(),
    ...changes,
  })

  it('is gone on with, until three resumes in a row have completed nothing', async () => {
    const workspace = project(QUICK)
    const dir = join(workspace.runsDir, 'nightly.1')
    mkdirSync(dir, { recursive: true })
    await createJournal({ dir, id: 'nightly.1', spec, provenance: {}, clock: systemClock }).close()
    const vain = night({})
    const nextIs = (...nights: Firing[]) => sweepToGoOnWith(workspace, nights)
    expect(nextIs(vain, vain, night({ began: 'start' }))).toBe('nightly.1')
    expect(nextIs(vain, vain, night({ completed: 3 }))).toBe('nightly.1')
    expect(nextIs(vain, vain, night({ outcome: 'window' }))).toBe('nightly.1')
    const { sweep: _, ...none } = night({ outcome: 'skipped' })
    expect(nextIs(vain, none, vain, vain)).toBeUndefined()
  })
})

describe.skipIf(NOT_BUILT)(`a wake-up of a schedule${why}`, { timeout: 3 * LONG }, () => {
  it('starts its sweep to the end, with report and result, and each time only once', async () => {
    const workspace = project(`[ "$MINE" = kept ] && ${QUICK}`)
    await add(workspace, { environment: { ...process.env, MINE: 'kept' }, env: ['MINE'] })
    const all = await Promise.all([wake(workspace), wake(workspace), wake(workspace)])
    const fired = all.filter((firing) => firing !== undefined)
    expect(fired).toHaveLength(1)
    expect(fired[0]).toMatchObject({
      outcome: 'finished',
      began: 'start',
      sweep: 'nightly.1',
      exitCode: 0,
      completed: 2,
      best: { metric: 'loss', mean: 1 },
    })
    expect(existsSync(join(workspace.reportsDir, 'nightly.1/report.html'))).toBe(true)
    expect(readFileSync(fired[0]?.log ?? '', 'utf8')).toContain('$ sweep start nightly --folder')
    expect(await wake(workspace)).toBeUndefined()
    // A finished sweep is not gone on with.
    expect(await wake(workspace, 1)).toMatchObject({ sweep: 'nightly.2', outcome: 'finished' })
    const [listed] = await listSchedules({ workspace })
    expect(listed?.firings.map(({ sweep }) => sweep)).toEqual(['nightly.2', 'nightly.1'])
  })

  it('says in its result why a sweep did not start', async () => {
    const workspace = project(QUICK)
    await add(workspace)
    rmSync(join(workspace.folder, 'sweeps/nightly.yaml'))
    const firing = await wake(workspace)
    expect(firing).toMatchObject({ outcome: 'failed', exitCode: 2, reason: expect.stringContaining('No sweep file') })
    expect(firing?.sweep).toBeUndefined()
    expect(await scheduleChecks(workspace)).toMatchObject([{ state: 'warn', saw: expect.stringContaining('1 firing') }])
  })

  it('has failed when its command cannot even be run, also where our process lives on', async () => {
    const workspace = project(QUICK)
    await add(workspace)
    const schedule = readSchedule(workspace.folder, 'nightly')
    writeSchedule(workspace.folder, { ...schedule, program: ['/gone/node', schedule.program[1]] })
    await expect(wake(workspace)).rejects.toThrow('/gone/node')
    expect(results(workspace)).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('/gone/node') }])
    expect(results(workspace)[0]?.endedAt).toBeDefined()
  })

  it('ends a sweep with its window, and the next night goes on with it', async () => {
    const workspace = project(WAITS)
    await add(workspace, { until: '00:00' })
    const schedule = readSchedule(workspace.folder, 'nightly')
    const soon = join(import.meta.dirname, '../fixtures/until-soon.mjs')
    writeSchedule(workspace.folder, { ...schedule, program: [process.execPath, soon] })
    expect(await wake(workspace)).toMatchObject({ outcome: 'window', sweep: 'nightly.1', exitCode: 0 })
    writeFileSync(join(workspace.folder, 'go'), '')
    writeSchedule(workspace.folder, schedule)
    const second = await wake(workspace, 1)
    expect(second).toMatchObject({ outcome: 'finished', sweep: 'nightly.1', began: 'resume', completed: 2 })
  })

  it('skips what overlaps, and says what still runs', async () => {
    const workspace = project(WAITS)
    await add(workspace)
    const first = wake(workspace)
    await runsNow(workspace, 'nightly.1')
    const second = await wake(workspace, 1)
    expect(second).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('nightly.1 still runs') })
    writeFileSync(join(workspace.folder, 'go'), '')
    expect(await first).toMatchObject({ outcome: 'finished' })
  })

  it('queues one and no more', async () => {
    const workspace = project(WAITS)
    await add(workspace, { overlap: 'queue' })
    const first = wake(workspace)
    await runsNow(workspace, 'nightly.1')
    const second = wake(workspace, 1)
    await until('the second waits', () => existsSync(join(workspace.folder, 'schedules/nightly/waiting.lock')), LONG)
    expect(await wake(workspace, 2)).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('waits already'),
    })
    writeFileSync(join(workspace.folder, 'go'), '')
    expect(await first).toMatchObject({ outcome: 'finished', sweep: 'nightly.1' })
    expect(await second).toMatchObject({ outcome: 'finished', sweep: 'nightly.2', began: 'start' })
  })

  it('replaces the one that runs, gracefully, and begins anew', async () => {
    const workspace = project(WAITS)
    await add(workspace, { overlap: 'replace' })
    const first = wake(workspace)
    await runsNow(workspace, 'nightly.1')
    const second = wake(workspace, 1)
    await runsNow(workspace, 'nightly.2')
    writeFileSync(join(workspace.folder, 'go'), '')
    await first
    expect(await second).toMatchObject({ outcome: 'finished', sweep: 'nightly.2', began: 'start' })
    expect(results(workspace).map(({ outcome }) => outcome)).toEqual(['finished', 'replaced'])
    expect(readSummary(join(workspace.runsDir, 'nightly.1')).state).toBe('stopped')
  })

  it('replaces one that another process runs, which ends well by itself', async () => {
    const workspace = project(WAITS)
    await add(workspace, { overlap: 'replace' })
    const fire = firing(workspace)
    await runsNow(workspace, 'nightly.1')
    const second = wake(workspace, 1)
    await runsNow(workspace, 'nightly.2')
    writeFileSync(join(workspace.folder, 'go'), '')
    expect(await second).toMatchObject({ outcome: 'finished', sweep: 'nightly.2' })
    await until('the first has ended', () => fire.exitCode !== null, LONG)
    expect(fire.exitCode).toBe(0)
    expect(results(workspace).map(({ outcome }) => outcome)).toEqual(['finished', 'replaced'])
  })

  it('begins anew after a person stopped a sweep', async () => {
    const workspace = project(WAITS)
    await add(workspace)
    const first = wake(workspace)
    await runsNow(workspace, 'nightly.1')
    await stopSweep({ workspace, id: 'nightly.1' })
    expect(await first).toMatchObject({ outcome: 'stopped', exitCode: 130 })
    writeFileSync(join(workspace.folder, 'go'), '')
    expect(await wake(workspace)).toBeUndefined()
    expect(await wake(workspace, 1)).toMatchObject({ sweep: 'nightly.2', began: 'start' })
  })

  it('goes on with a night that a shutdown broke off', async () => {
    const workspace = project(WAITS)
    await add(workspace)
    const shutdown = new AbortController()
    const first = wake(workspace, 0, shutdown.signal)
    await runsNow(workspace, 'nightly.1')
    shutdown.abort()
    expect(await first).toMatchObject({ outcome: 'ended', sweep: 'nightly.1' })
    writeFileSync(join(workspace.folder, 'go'), '')
    expect(await wake(workspace)).toMatchObject({ outcome: 'finished', sweep: 'nightly.1', began: 'resume', tries: 2 })
    expect(await wake(workspace)).toBeUndefined()
  })

  it('leaves a sweep alone whose firing was killed, and goes on with both killed', async () => {
    const workspace = project(WAITS)
    await add(workspace)
    const fire = firing(workspace)
    await runsNow(workspace, 'nightly.1')
    fire.kill('SIGKILL')
    await until('the firing has gone', () => fire.signalCode !== null)
    // Its sweep goes on alone: nothing to do, and the next time overlaps with it.
    expect(await wake(workspace)).toBeUndefined()
    expect(await wake(workspace, 1)).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('nightly.1') })
    const [listed] = await listSchedules({ workspace })
    expect(listed?.firings[1]).toMatchObject({ outcome: 'running', died: false })

    const dir = join(workspace.runsDir, 'nightly.1')
    process.kill(lockHolder(dir)?.process.pid ?? 0, 'SIGKILL')
    await until('the orchestrator has gone', () => lockHolder(dir)?.state === 'dead')
    writeFileSync(join(workspace.folder, 'go'), '')
    const again = await wake(workspace, 1)
    expect(again).toMatchObject({ outcome: 'finished', sweep: 'nightly.1', began: 'resume', tries: 2 })
    expect(results(workspace).at(-1)).toMatchObject({ outcome: 'ended', reason: expect.stringContaining('died') })
  })

  it('is waited for in the foreground, where SIGTERM ends the sweep gracefully', async () => {
    const workspace = project(WAITS)
    await add(workspace)
    const end = new AbortController()
    const said: string[] = []
    const running = runSchedules({
      workspace,
      signal: end.signal,
      onChange: (name, { outcome }) => said.push(`${name} ${outcome}`),
      onNext: (next) => said.push(`next ${next?.name}`),
    })
    await runsNow(workspace, 'nightly.1')
    end.abort()
    await running
    expect(said[0]).toBe('next nightly')
    expect(said.at(-1)).toBe('nightly ended')
    expect(readSummary(join(workspace.runsDir, 'nightly.1')).state).toBe('stopped')
    await expect(runSchedules({ workspace, names: ['nightli'], signal: end.signal })).rejects.toMatchObject({
      code: 'SCHEDULE_UNKNOWN',
    })
  })
})
