import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planSweep } from '../../src/app/plan.ts'
import { resumeSweep } from '../../src/app/resume.ts'
import { type StartOptions, startSweep } from '../../src/app/start.ts'
import { stopSweep } from '../../src/app/stop.ts'
import { openWorkspace, type Workspace } from '../../src/app/workspace.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

let leases: string | undefined
beforeAll(() => {
  leases = process.env.SWEEP_LEASE_DIR
  process.env.SWEEP_LEASE_DIR = temporaryFolder()
})
afterAll(() => {
  if (leases === undefined) delete process.env.SWEEP_LEASE_DIR
  else process.env.SWEEP_LEASE_DIR = leases
})

function workspaceWith(sweep: Readonly<Record<string, unknown>>): Workspace {
  const workspace = openWorkspace(temporaryFolder())
  mkdirSync(workspace.sweepsDir)
  const whole = {
    method: 'grid',
    metric: { name: 'loss', goal: 'minimize' },
    resources: { gpus: 0, cpus: 1 },
    ...sweep,
  }
  writeFileSync(join(workspace.sweepsDir, 'small.yaml'), JSON.stringify(whole))
  return workspace
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of sweep files
const REPORT_X = ['/bin/sh', '-c', 'echo "{\\"loss\\": ${param:x}}" >> "$SWEEP_EVENTS"']

describe('a sweep file', () => {
  it('is started, answered from history the second time, and run again when that is switched off', async () => {
    const workspace = workspaceWith({
      parameters: { x: { values: [3, 1, 2] } },
      seeds: 1,
      command: REPORT_X,
      reuse: true,
    })
    const first = await startSweep({ workspace, sweep: 'small' })
    expect(first).toMatchObject({ id: 'small.1', state: 'finished', interrupted: false })
    expect(first.snapshot.trials.map(({ value }) => value)).toEqual([3, 1, 2])
    expect(first.snapshot.provenance).toMatchObject({ node: process.version, gpus: 'none' })

    const plan = await planSweep({ workspace, sweep: 'small' })
    expect(plan).toMatchObject({ trials: 3, configurations: 3, answered: 3, lookedUp: 3, perTrial: { basedOn: 3 } })

    const second = await startSweep({ workspace, sweep: 'small' })
    expect(second.snapshot.trials.map(({ reusedFrom }) => reusedFrom)).toEqual(['small.1/0', 'small.1/1', 'small.1/2'])

    const third = await startSweep({ workspace, sweep: 'small', overrides: ['reuse=false'] })
    expect(third.snapshot.trials.map(({ reusedFrom }) => reusedFrom)).toEqual([undefined, undefined, undefined])
  })

  it('gives failed trials another attempt when asked to', async () => {
    const argv = [
      '/bin/sh',
      '-c',
      'test -e "$SWEEP_TRIAL_DIR/../../ok" && echo "{\\"loss\\": 1}" || { echo no file >&2; exit 3; }',
    ]
    const workspace = workspaceWith({ parameters: { x: { values: [1, 2] } }, seeds: 1, command: argv })
    const first = await startSweep({ workspace, sweep: 'small' })
    expect(first.snapshot.trials.map(({ state }) => state)).toEqual(['failed', 'failed'])
    expect(first.snapshot.trials[0]?.reason).toMatch(
      /The trainer exited with code 3 after .*no file.*Log: .*stderr\.log/s,
    )

    writeFileSync(join(workspace.runsDir, 'small.1/ok'), '')
    const again = await resumeSweep({ workspace, id: 'small', retry: ['failed'] })
    expect(again.snapshot.trials.map(({ state }) => state)).toEqual(['completed', 'completed'])
    expect(again.snapshot.trials.map(({ attempts }) => attempts.length)).toEqual([2, 2])
  })

  it('stays as it is when it is resumed after its end', async () => {
    const workspace = workspaceWith({ parameters: { x: { values: [1, 2] } }, seeds: 1, command: REPORT_X })
    const { id, snapshot } = await startSweep({ workspace, sweep: 'small' })
    const journal = readFileSync(join(workspace.runsDir, id, 'journal.ndjson'), 'utf8')
    const said: string[] = []
    const onResumed = (notes: readonly { readonly text: string }[]) => void said.push(...notes.map(({ text }) => text))
    const again = await resumeSweep({ workspace, id, onResumed })
    expect(again.snapshot.endedAt).toBe(snapshot.endedAt)
    expect(said).toEqual(['small.1 is finished: there was nothing to do.'])
    expect(readFileSync(join(workspace.runsDir, id, 'journal.ndjson'), 'utf8')).toBe(journal)
  })

  it('writes no secret of the environment down, neither one that the command names nor one that it inherits', async () => {
    const workspace = workspaceWith({
      parameters: { x: { values: [1] } },
      seeds: 1,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of sweep files
      command: ['/bin/sh', '-c', 'test "$1" = "$SWEEP_TEST_SECRET" && exit 3', 'sh', '${envvar:SWEEP_TEST_SECRET}'],
    })
    process.env.SWEEP_TEST_SECRET = 'hunter2-of-the-test'
    try {
      const { snapshot } = await startSweep({ workspace, sweep: 'small' })
      expect(snapshot.trials[0]?.reason).toMatch(/exited with code 3 .*sh '\$SWEEP_TEST_SECRET'/s)
    } finally {
      delete process.env.SWEEP_TEST_SECRET
    }
    const files = readdirSync(workspace.folder, { recursive: true, withFileTypes: true }).filter((it) => it.isFile())
    const written = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    expect(written.length).toBeGreaterThan(4)
    expect(written.filter((text) => text.includes('hunter2-of-the-test'))).toEqual([])
  })

  it('leaves no folder behind when the machine cannot run it', async () => {
    const workspace = workspaceWith({
      parameters: { x: { values: [1] } },
      command: ['true'],
      resources: { cpus: 4096 },
    })
    await expect(startSweep({ workspace, sweep: 'small' })).rejects.toMatchObject({
      code: 'SLOTS_TOO_FEW',
      exitCode: 3,
    })
    expect(readdirSync(workspace.runsDir)).toEqual([])
  })
})

describe('a plan', () => {
  it('of 10^9 points does not walk through them and writes nothing', async () => {
    const thousand = { values: Array.from({ length: 1000 }, (_, i) => i) }
    const workspace = workspaceWith({
      parameters: { a: thousand, b: thousand, c: thousand },
      seeds: 3,
      command: ['true'],
    })
    const plan = await planSweep({ workspace, sweep: 'small' })
    expect(plan.trials).toBe(3e9)
    expect(plan.first[0]).toEqual({ a: 0, b: 0, c: 0 })
    expect(plan.unknown).toMatch(/no earlier trial/)
    expect(readdirSync(workspace.folder)).toEqual(['sweeps'])
  })
})

describe('an estimate', () => {
  const takesLong = {
    parameters: { epochs: { values: [1, 1.1, 1.2, 6] } },
    seeds: 1,
    parallel: 2,
    reuse: false,
    command: [
      '/bin/sh',
      '-c',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of sweep files
      'sleep "0.$(echo ${param:epochs} | tr -d .)"; echo "{\\"loss\\": 1}" >> "$SWEEP_EVENTS"',
    ],
  }

  it('is said at the start, and the longest trials run first where that ends the sweep sooner', async () => {
    const workspace = workspaceWith(takesLong)
    const said: unknown[] = []
    const onStarted: StartOptions['onStarted'] = ({ estimate }) => void said.push(estimate)
    await startSweep({ workspace, sweep: 'small', onStarted })
    expect(said[0]).toMatchObject({
      trials: 4,
      answered: 0,
      unknown: 'no earlier trial of this trainer has been recorded',
    })
    const { snapshot } = await startSweep({ workspace, sweep: 'small', onStarted })
    expect(said[1]).toMatchObject({ trials: 4, perTrial: { basedOn: 4, sweeps: 1 }, longestFirst: { sure: true } })
    expect(snapshot.notes.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^The longest trials run first: by earlier ones this ends the sweep about 0\.\d s sooner\.$/,
      ),
    ])
    const begun = snapshot.trials.map(({ attempts }) => attempts[0]?.startedAt ?? 0)
    // Trial 3 has the most epochs; it begins with the first of the others.
    expect(begun[3]).toBeLessThanOrEqual(Math.min(...begun) + 50)
    const plan = await planSweep({
      workspace,
      sweep: 'small',
      until: Date.now() + 400,
      overrides: ['params.data=other'],
    })
    expect(plan.unlike).toEqual(['data'])
    expect(plan.before?.middle).toBeLessThan(4)
    expect(plan.longestFirst).toBeUndefined()
  })
})

describe('stopping', () => {
  it('a sweep that does not run changes nothing and says so', async () => {
    const workspace = workspaceWith({ parameters: { x: { values: [1] } }, seeds: 1, command: REPORT_X })
    await startSweep({ workspace, sweep: 'small' })
    const outcome = await stopSweep({ workspace, id: 'small.1' })
    expect(outcome).toEqual({
      id: 'small.1',
      result: 'nothing-runs',
      message: 'Nothing runs small.1: it is finished. Nothing was changed.',
    })
  })
})
