import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { concludeSweep } from '../../src/app/conclude.ts'
import { openNotices } from '../../src/app/notices/notices.ts'
import { testNotices } from '../../src/app/notices/test-notices.ts'
import { startSweep } from '../../src/app/start.ts'
import { openWorkspace, sweepDirOf } from '../../src/app/workspace.ts'
import type { Message } from '../../src/notifications/notifier.ts'
import type { NotifySpec } from '../../src/trial/sweep-spec.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { aLiveState, aSnapshot, STARTED } from '../commands/a-sweep.ts'
import { type FakeServer, fakeServer } from '../notifications/a-server.ts'

const messagesOf = ({ received }: FakeServer): Message[] => received.map(({ body }) => JSON.parse(body))

function workspaceWith(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'sweeps', name), text)
  process.env.SWEEP_LEASE_DIR = join(folder, '.leases')
  return openWorkspace(folder)
}

const nightly = (url: string, values: string, program = 'echo "{\\"f1\\": $0}" >> $SWEEP_EVENTS') => `method: grid
command: [sh, -c, '${program}', "\${param:x}"]
metric: { name: f1, goal: maximize }
parameters: { x: { values: [${values}] } }
seeds: 2
resources: { gpus: 0 }
max_failures: 2
notify: { to: webhook, url: "${url}/hook", on: [end, failure] }
`

describe('a person who sleeps while a sweep runs', () => {
  it('is told of its end once, with the ranking, what changed since the last night and where the report is', async () => {
    const server = await fakeServer({ status: 200 })
    const workspace = workspaceWith({ 'n.yaml': nightly(server.url, '0.1, 0.2') })
    const night = async () => {
      const { id, since } = await startSweep({ workspace, sweep: 'n' })
      return concludeSweep({ workspace, id, short: false, since })
    }
    await night()
    writeFileSync(join(workspace.sweepsDir, 'n.yaml'), nightly(server.url, '0.3, 0.4'))
    const { notes, report } = await night()
    const [first, second, ...others] = messagesOf(server)
    expect(others).toEqual([])
    expect(notes.join()).not.toContain('not delivered')
    expect(first).toMatchObject({ event: 'end', sweep: 'n.1', title: 'n.1 finished: f1 0.2' })
    expect(second).toMatchObject({ event: 'end', sweep: 'n.2', level: 'good' })
    expect(second?.title).toMatch(/^n\.2 finished: f1 0\.4, a new best/)
    const text = second?.lines.join('\n')
    expect(text).toMatch(/^1\. #1 x 0\.4: 0\.4/)
    expect(text).toContain('Since n.1: a new best, f1 from 0.2 to 0.4')
    expect(text).toContain('Trials: 4 completed.')
    expect(text).toContain(`Report: ${report}`)
  })

  it('is told that the sweep stopped when all its trials fail, by whichever of end and failure was asked for', async () => {
    const server = await fakeServer({ status: 200 })
    const file = nightly(server.url, '0.1, 0.2, 0.3', 'echo no such module >&2; exit 3').replace(
      'on: [end, failure]',
      'on: end',
    )
    const workspace = workspaceWith({ 'n.yaml': file })
    const { id, since } = await startSweep({ workspace, sweep: 'n' })
    await concludeSweep({ workspace, id, short: false, since })
    const [message, ...others] = messagesOf(server)
    expect(others).toEqual([])
    expect(message).toMatchObject({ event: 'failure', level: 'warn', title: expect.stringMatching(/^n\.1 stopped: /) })
    expect(message?.lines.join('\n')).toContain('sweep resume n.1')
  })

  it('loses nothing by a dead webhook but one line, and no secret gets into runs/, the report or what is said', async () => {
    const server = await fakeServer({ status: 403, body: 'no such hook: /services/sEcReT' })
    process.env.NIGHT_HOOK = `${server.url}/services/sEcReT`
    const workspace = workspaceWith({ 'n.yaml': nightly('x', '0.1, 0.2').replace('"x/hook"', `"\${env:NIGHT_HOOK}"`) })
    const { id, since, snapshot } = await startSweep({ workspace, sweep: 'n' })
    const { notes, report = '' } = await concludeSweep({ workspace, id, short: false, since })
    expect(snapshot.state).toBe('finished')
    expect(notes.filter((note) => note.includes('not delivered'))).toEqual([
      expect.stringMatching(/^A message by webhook 127\.0\.0\.1:\d+ was not delivered: /),
    ])
    const dir = sweepDirOf(workspace, id)
    const written = ['sweep.json', 'journal.ndjson', 'summary.json'].map((name) =>
      readFileSync(join(dir, name), 'utf8'),
    )
    expect([...written, readFileSync(report, 'utf8'), ...notes].join()).not.toContain('sEcReT')
    expect(written[0]).toContain(`\${env:NIGHT_HOOK}`)
    delete process.env.NIGHT_HOOK
  })

  it('hears nothing when a person stopped the sweep: that one knows', async () => {
    const server = await fakeServer({ status: 200 })
    const workspace = workspaceWith({ 'n.yaml': nightly(server.url, '0.1') })
    const { id, since } = await startSweep({ workspace, sweep: 'n' })
    await concludeSweep({ workspace, id, short: true, since })
    await concludeSweep({ workspace, id, short: false })
    expect(server.received).toEqual([])
  })

  it('hears before the first trial that a variable is missing, not at the end of the night', async () => {
    const workspace = workspaceWith({ 'n.yaml': nightly('x', '0.1').replace('"x/hook"', `"\${env:NO_SUCH_HOOK}"`) })
    const lines: string[] = []
    const { snapshot } = await startSweep({ workspace, sweep: 'n', onPreparing: (line) => lines.push(line) })
    expect(lines).toEqual([expect.stringMatching(/NO_SUCH_HOOK is not set, so messages that need it will not arrive/)])
    expect(snapshot.notes.map(({ text }) => text)).toContain(lines[0])
  })

  it('is told that a sweep could not even begin, by whatever kept it from that', async () => {
    const server = await fakeServer({ status: 200 })
    const workspace = workspaceWith({ 'n.yaml': nightly(server.url, '0.1').replace('gpus: 0', 'gpus: 9') })
    await expect(startSweep({ workspace, sweep: 'n' })).rejects.toThrow()
    expect(messagesOf(server)).toMatchObject([
      { event: 'failure', sweep: 'n.1', title: expect.stringMatching(/^n\.1 stopped: .*GPU/) },
    ])
  })

  it('can try the way beforehand, which needs somebody to be named', async () => {
    const server = await fakeServer({ status: 200 })
    const workspace = workspaceWith({ 'n.yaml': nightly(server.url, '0.1') })
    expect(await testNotices({ workspace, sweep: 'n' })).toMatchObject([{ delivered: true }])
    expect(messagesOf(server)).toMatchObject([{ event: 'test', sweep: 'n' }])
    await expect(testNotices({ workspace, sweep: 'n', only: 'email' })).rejects.toThrow(/names no email to be told/)
  })
})

describe('while a sweep runs', () => {
  const metric = { name: 'val/macro_f1', goal: 'maximize', value: 'last' } as const

  async function watched(on: NotifySpec['on']) {
    const server = await fakeServer({ status: 200 })
    const target: NotifySpec = { name: 'webhook', options: { url: server.url }, on, stalledMs: 60_000 }
    const clock = { now: () => STARTED + clock.at, monotonic: () => clock.at, sleep: waits, at: 0 }
    const snapshot = aSnapshot([{ state: 'running' }, { state: 'waiting' }])
    const spec = { ...snapshot.spec, metric, notify: [target] }
    const sweepDir = temporaryFolder()
    const notices = openNotices({ spec, sweepDir, previous: () => undefined, clock, env: {} })
    if (notices === undefined) throw new Error('nobody is told')
    return { server, clock, notices, sweepDir, spec }
  }

  it('a standstill is told once, and again only after something has happened', async () => {
    const { server, clock, notices } = await watched(['stalled'])
    const live = aLiveState(aSnapshot([{ state: 'running' }, { state: 'waiting' }]))
    const at = (seconds: number) => {
      clock.at = seconds * 1000
      notices.observer.tick(live)
    }
    for (const second of [10, 59, 61, 90, 400]) at(second)
    notices.observer.event({ t: 0, type: 'reported', trial: 0, step: 1, value: 0.5 }, live)
    for (const second of [420, 455, 461, 470]) at(second)
    await notices.settle()
    expect(messagesOf(server).map(({ event, title }) => [event, title])).toEqual([
      ['stalled', 'gamma-grid.1: no progress for 1 min 1 s'],
      ['stalled', 'gamma-grid.1: no progress for 1 min 1 s'],
    ])
    expect(messagesOf(server)[0]?.lines.join('\n')).toContain('sweep logs gamma-grid.1 0')
  })

  it('a trainer that writes into its logs and a person who paused the sweep are no standstill', async () => {
    const { server, clock, notices, sweepDir } = await watched(['stalled'])
    mkdirSync(join(sweepDir, 'trials/0000'), { recursive: true })
    writeFileSync(join(sweepDir, 'trials/0000/stdout.log'), 'epoch 3\n')
    clock.now = () => Date.now()
    const snapshot = aSnapshot([{ state: 'running' }])
    clock.at = 100_000
    notices.observer.tick(aLiveState(snapshot))
    clock.at = 500_000
    notices.observer.tick(aLiveState({ ...snapshot, control: { pausedAt: 1 } }))
    await notices.settle()
    expect(server.received).toEqual([])
  })

  it('a new best is told when a configuration with all its seeds takes the first place', async () => {
    const { server, clock, notices, spec } = await watched(['new_best'])
    const done = (value: number) => ({ state: 'completed', value }) as const
    const tick = (seconds: number, values: readonly number[]) => {
      const live = aLiveState(aSnapshot(values.map(done), { spec: { ...spec, seeds: [1, 2] } }))
      notices.observer.event({ t: 0, type: 'trial-state', trial: 0, state: 'completed' }, live)
      clock.at = seconds * 1000
      notices.observer.tick(live)
    }
    tick(20, [0.5, 0.52])
    tick(40, [0.5, 0.52, 0.9])
    tick(60, [0.5, 0.52, 0.6, 0.61])
    tick(80, [0.5, 0.52, 0.6, 0.61, 0.7, 0.71])
    tick(1000, [0.5, 0.52, 0.6, 0.61, 0.7, 0.71])
    await notices.settle()
    const told = messagesOf(server)
    expect(told.map(({ title }) => title)).toEqual([
      'gamma-grid.1: new best val/macro_f1 0.605',
      'gamma-grid.1: new best val/macro_f1 0.705',
    ])
    expect(told[0]?.lines.join('\n')).toContain('Before: #0')
  })

  it('a sweep that goes on another night does not tell of the best of the last one again', async () => {
    const server = await fakeServer({ status: 200 })
    const target: NotifySpec = { name: 'webhook', options: { url: server.url }, on: ['new_best'], stalledMs: 60_000 }
    const clock = { now: () => STARTED, monotonic: () => 20_000, sleep: waits }
    const done = (value: number) => ({ state: 'completed', value }) as const
    const spec = { ...aSnapshot([]).spec, metric, notify: [target] }
    const before = aSnapshot([0.7, 0.71].map(done), { spec })
    const worse = aSnapshot([0.5, 0.51].map(done), { spec, id: 'gamma-grid.0' })
    const notices = openNotices({ spec, sweepDir: '', previous: () => worse, atStart: before, clock, env: {} })
    const live = aLiveState(aSnapshot([0.7, 0.71, 0.6, 0.61].map(done), { spec }))
    notices?.observer.event({ t: 0, type: 'trial-state', trial: 3, state: 'completed' }, live)
    notices?.observer.tick(live)
    await notices?.settle()
    expect(server.received).toEqual([])
  })

  it('nothing is watched when nobody wants to hear of it', () => {
    const spec = { ...aSnapshot([]).spec, notify: [{ name: 'email', options: {}, on: ['end'], stalledMs: 1 }] } as const
    const clock = { now: () => 0, monotonic: () => 0, sleep: waits }
    expect(openNotices({ spec, sweepDir: '', previous: () => undefined, clock, env: {} })).toBeUndefined()
  })

  function waits(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
})
