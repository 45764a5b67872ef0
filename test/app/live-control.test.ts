import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { changeSlots } from '../../src/app/change-slots.ts'
import { pauseSweep } from '../../src/app/pause.ts'
import { resumeSweep } from '../../src/app/resume.ts'
import { resumeLiving } from '../../src/app/resume-living.ts'
import { startSweep } from '../../src/app/start.ts'
import { sweepStatus } from '../../src/app/status.ts'
import { stopSweep } from '../../src/app/stop.ts'
import { stopTrials } from '../../src/app/stop-trials.ts'
import { openWorkspace, type Workspace } from '../../src/app/workspace.ts'
import { startTimeOf } from '../../src/base/process-identity.ts'
import { livingLeases } from '../../src/gpus/lease-table.ts'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { until as waitFor } from '../e2e/sweep-process.ts'

const SLOTS = 2
/** Milliseconds: a machine that is busy with other tests is slow. */
const PATIENCE = 40_000
const until = (what: string, condition: () => boolean) => waitFor(what, condition, PATIENCE)

let leases: string | undefined
beforeEach(() => {
  leases = process.env.SWEEP_LEASE_DIR
  process.env.SWEEP_LEASE_DIR = temporaryFolder()
})
afterEach(() => {
  if (leases === undefined) delete process.env.SWEEP_LEASE_DIR
  else process.env.SWEEP_LEASE_DIR = leases
})

/** Counts up to 1 a start of its process, so that what a checkpoint kept is seen; ends when `go` is in its folder. */
const WAITS = `
trap 'exit 0' TERM
echo "start $SWEEP_RESUME" >> "$SWEEP_TRIAL_DIR/witness"
until [ -e "$SWEEP_TRIAL_DIR/go" ] || [ -e "$SWEEP_TRIAL_DIR/../../go" ]; do
  [ -d "$SWEEP_TRIAL_DIR" ] || exit 1
  sleep 0.02
done
echo '{"loss": 1}' >> "$SWEEP_EVENTS"`

interface Running {
  readonly workspace: Workspace
  readonly dir: string
  readonly end: ReturnType<typeof startSweep>
  readonly stop: AbortController
}

/** Eight trials that wait. */
function workspaceWith(parts: Readonly<Record<string, unknown>>): Workspace {
  const workspace = openWorkspace(temporaryFolder())
  mkdirSync(workspace.sweepsDir)
  const sweep = {
    method: 'grid',
    metric: { name: 'loss', goal: 'minimize' },
    resources: { gpus: 0, cpus: 1 },
    parameters: { x: { values: [1, 2, 3, 4, 5, 6, 7, 8] } },
    seeds: 1,
    grace: '5s',
    command: ['/bin/sh', '-c', WAITS],
    ...parts,
  }
  writeFileSync(join(workspace.sweepsDir, 'small.yaml'), JSON.stringify(sweep))
  return workspace
}

/** A sweep that runs in this process until it is let go. */
async function running(parts: Readonly<Record<string, unknown>> = {}): Promise<Running> {
  const workspace = workspaceWith(parts)
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const end = startSweep({ workspace, sweep: 'small', signal: stop.signal })
  const dir = join(workspace.runsDir, 'small.1')
  await until('trials run', () => existsSync(join(dir, 'sweep.json')) && runningIn(dir).length > 0)
  return { workspace, dir, end, stop }
}

const runningIn = (dir: string) =>
  readSnapshot(dir)
    .trials.filter(({ state }) => state === 'running')
    .map(({ number }) => number)
const letGo = (dir: string) => writeFileSync(join(dir, 'go'), '')
const witness = (dir: string, trial: number) => {
  const path = join(dir, `trials/000${trial}/witness`)
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
}

describe('a running sweep', () => {
  it('gets more and fewer slots while it runs, without a restart', async () => {
    const { workspace, dir, end } = await running({ parallel: 1 })
    expect(runningIn(dir)).toEqual([0])
    const more = await changeSlots({ workspace, id: 'small', slots: SLOTS })
    expect(more.message).toBe('small.1 now runs 2 trials at a time.')
    await until('two run', () => runningIn(dir).length === SLOTS)

    const fewer = await changeSlots({ workspace, id: 'small', slots: 1 })
    expect(fewer.message).toContain('1 trial above that number will finish first; --now ends them.')
    expect(runningIn(dir)).toHaveLength(SLOTS)
    writeFileSync(join(dir, 'trials/0000/go'), '')
    await until('one is left', () => runningIn(dir).length === 1)
    expect(runningIn(dir)).toEqual([1])
    letGo(dir)
    const { snapshot } = await end
    expect(snapshot.trials.map(({ state }) => state)).toEqual(Array(8).fill('completed'))
    expect(snapshot.trials.every(({ attempts }) => attempts.length === 1)).toBe(true)
  })

  it('ends what runs above the number at once when asked to, and it goes on from its checkpoint', async () => {
    const { workspace, dir, end } = await running({ parallel: 2 })
    await until('two run and have begun', () => witness(dir, 0).length + witness(dir, 1).length === 2)
    await changeSlots({ workspace, id: 'small', slots: 1, now: true })
    expect(runningIn(dir)).toHaveLength(1)
    letGo(dir)
    const { snapshot } = await end
    const attempts = snapshot.trials.map((trial) => trial.attempts.map((attempt) => attempt.end))
    expect(attempts.filter((ends) => ends.length === 2)).toEqual([['stopped', 'finished']])
    const again = attempts.findIndex((ends) => ends.length === 2)
    expect(witness(dir, again)).toHaveLength(2)
  })

  it('says how many slots the machine has when more are wanted', async () => {
    const { workspace, dir, end } = await running({ parallel: 1 })
    const answer = await changeSlots({ workspace, id: 'small', slots: 9000 })
    expect(answer.message).toMatch(
      /^small\.1 now runs 9,000 trials at a time\. This machine has \d+ slots? for it, so it stays at \d+\./,
    )
    letGo(dir)
    await end
  })

  it('is paused with its slots given back to the machine, and goes on where it was', async () => {
    const { workspace, dir, end } = await running({ parallel: 1 })
    await until('it has begun', () => witness(dir, 0).length === 1)
    expect(livingLeases(process.env.SWEEP_LEASE_DIR ?? '')).toHaveLength(1)
    const answer = await pauseSweep({ workspace, id: 'small' })
    expect(answer).toMatchObject({ result: 'paused' })
    expect(answer.message).toBe(
      'small.1 is paused and its slots are free. 1 trial will go on later, from the last checkpoint.',
    )
    expect(runningIn(dir)).toEqual([])
    await until('the slots are free', () => livingLeases(process.env.SWEEP_LEASE_DIR ?? '').length === 0)
    const status = await sweepStatus({ workspace, id: 'small' })
    expect(status.activity).toBe('paused')
    expect((await pauseSweep({ workspace, id: 'small' })).message).toBe('small.1 is paused already.')

    const on = await resumeLiving({ workspace, id: 'small' })
    expect(on).toMatchObject({ result: 'goes-on' })
    await until('it runs again', () => witness(dir, 0).length === 2)
    expect((await sweepStatus({ workspace, id: 'small' })).activity).toBe('running')
    letGo(dir)
    const { snapshot } = await end
    expect(snapshot.trials.map(({ state }) => state)).toEqual(Array(8).fill('completed'))
    expect(snapshot.trials[0]?.attempts.map((attempt) => attempt.end)).toEqual(['stopped', 'finished'])
  })

  it('loses one trial that a person stops, and goes on with the others', async () => {
    const { workspace, dir, end } = await running({ parallel: 1 })
    const answer = await stopTrials({ workspace, id: 'small', trials: [0] })
    expect(answer.message).toBe('Trial 0 was stopped; the sweep goes on.')
    await until('the next one runs', () => runningIn(dir)[0] === 1)
    expect((await stopTrials({ workspace, id: 'small', trials: [0] })).message).toBe('Trial 0 was cancelled already.')
    await expect(stopTrials({ workspace, id: 'small', trials: [99] })).rejects.toMatchObject({ code: 'TRIAL_UNKNOWN' })
    letGo(dir)
    const { snapshot } = await end
    expect(snapshot.trials.map(({ state }) => state)).toEqual(['cancelled', ...Array(7).fill('completed')])
    expect(snapshot.trials[0]).toMatchObject({ reason: 'A person stopped it.' })
  })

  it('notes a control file that cannot be used, and changes nothing', async () => {
    const { dir, end } = await running({ parallel: 1 })
    writeFileSync(join(dir, 'control.json'), '{"slots": "all", "pause": true}')
    const noted = () =>
      readSnapshot(dir).notes.some(({ text }) => text.includes('control.json cannot be used, so nothing'))
    await until('it is noted', noted)
    expect(readSnapshot(dir).control?.slots).toBeUndefined()
    expect(runningIn(dir)).toEqual([0])
    letGo(dir)
    expect((await end).state).toBe('finished')
  })
})

describe('stopping', () => {
  it.each([false, true])(
    'ends whole what a killed orchestrator left, and leaves a sweep to go on with (now: %s)',
    async (now) => {
      const trainer = [
        '/bin/sh',
        '-c',
        `${now ? "trap '' TERM" : ''}\n[ -e "$SWEEP_TRIAL_DIR/../../go" ] || (sleep 60; echo) & echo $! >> "$SWEEP_TRIAL_DIR/child"\n${WAITS.replace("trap 'exit 0' TERM", '')}`,
      ]
      const workspace = workspaceWith({ parallel: 2, command: trainer, grace: now ? '60s' : '5s' })
      const dir = join(workspace.runsDir, 'small.1')
      const script = join(import.meta.dirname, '../fixtures/sweep-to-kill.ts')
      const child = spawn(process.execPath, ['--import', 'jiti/register', script, workspace.folder, 'small'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      await until('two trials run', () => witness(dir, 0).length + witness(dir, 1).length === 2)
      const gone = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await gone
      expect((await sweepStatus({ workspace, id: 'small' })).activity).toBe('orphaned')
      const children = [0, 1].map((trial) => Number(readFileSync(join(dir, `trials/000${trial}/child`), 'utf8')))

      const answer = await stopSweep({ workspace, id: 'small', now })
      expect(answer).toEqual({
        id: 'small.1',
        result: 'stopped',
        message: 'The process of small.1 had died. 2 trials that it had left were ended; it is stopped now.',
      })
      expect(children.map((pid) => startTimeOf(pid))).toEqual([undefined, undefined])
      expect(livingLeases(process.env.SWEEP_LEASE_DIR ?? '')).toEqual([])
      expect(
        readSnapshot(dir)
          .trials.slice(0, 2)
          .map(({ state }) => state),
      ).toEqual(['waiting', 'waiting'])
      expect((await stopSweep({ workspace, id: 'small' })).message).toBe(
        'Nothing runs small.1: it is stopped. Nothing was changed.',
      )
      letGo(dir)
      const { snapshot } = await resumeSweep({ workspace, id: 'small' })
      expect(snapshot.trials.map(({ state }) => state)).toEqual(Array(8).fill('completed'))
    },
  )
})

describe('resuming', () => {
  it('skips a trial that is not made yet as soon as it is, and refuses one that will never be', async () => {
    const { workspace, dir, end, stop } = await running({ parallel: 1 })
    const answer = await resumeLiving({ workspace, id: 'small', skip: [6] })
    expect(answer).toMatchObject({ result: 'changed' })
    expect(readSnapshot(dir).trials[6]).toBeUndefined()
    await expect(resumeLiving({ workspace, id: 'small', skip: [8] })).rejects.toMatchObject({
      code: 'TRIAL_UNKNOWN',
      message: expect.stringContaining('8 trials in all, 0 to 7'),
    })
    stop.abort()
    await end
    letGo(dir)
    const { snapshot } = await resumeSweep({ workspace, id: 'small', skip: [7] })
    expect(snapshot.trials.map(({ state }) => state)).toEqual([...Array(6).fill('completed'), 'cancelled', 'cancelled'])
  })

  it('leaves out the trials that are to be skipped, and runs single failed ones again by number', async () => {
    const FAILS =
      '[ "$SWEEP_TRIAL" = 5 ] || [ -e "$SWEEP_TRIAL_DIR/../../ok" ] || exit 3; echo \'{"loss": 1}\' >> "$SWEEP_EVENTS"'
    const { workspace, dir, end } = await running({
      command: ['/bin/sh', '-c', `sleep 0.2; ${FAILS}`],
      max_failures: 99,
    })
    expect((await end).snapshot.trials.map(({ state }) => state)).toEqual([
      ...Array(5).fill('failed'),
      'completed',
      ...Array(2).fill('failed'),
    ])
    writeFileSync(join(dir, 'ok'), '')
    const again = await resumeSweep({ workspace, id: 'small', retry: [0, 1], skip: [2] })
    expect(again.snapshot.trials.map(({ state }) => state)).toEqual([
      'completed',
      'completed',
      'cancelled',
      'failed',
      'failed',
      'completed',
      'failed',
      'failed',
    ])
    await expect(resumeSweep({ workspace, id: 'small', retry: [5] })).rejects.toMatchObject({ code: 'TRIAL_ENDED' })
    const rest = await resumeSweep({ workspace, id: 'small', retry: ['failed', 'cancelled'] })
    expect(rest.snapshot.trials.map(({ state }) => state)).toEqual(Array(8).fill('completed'))
  })

  it('forgets what was asked of the start before', async () => {
    const { workspace, dir, end, stop } = await running({ parallel: 1 })
    await pauseSweep({ workspace, id: 'small' })
    stop.abort()
    expect(await end).toMatchObject({ state: 'stopped', interrupted: true })
    expect(existsSync(join(dir, 'control.json'))).toBe(true)
    letGo(dir)
    const { state, snapshot } = await resumeSweep({ workspace, id: 'small' })
    expect(state).toBe('finished')
    expect(snapshot.control?.pausedAt).toBeUndefined()
  })
})
