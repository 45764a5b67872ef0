import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { followLog, trialLog } from '../../src/app/logs.ts'
import { trialDetails } from '../../src/app/show.ts'
import { allSweeps, sweepStatus } from '../../src/app/status.ts'
import { openWorkspace, type Workspace } from '../../src/app/workspace.ts'
import { goesOnText } from '../../src/commands/text/goes-on-text.ts'
import { listLines, statusLines } from '../../src/commands/text/status-text.ts'
import { plain } from '../../src/commands/text/style.ts'
import { trialLines } from '../../src/commands/text/trial-text.ts'
import type { NewEvent } from '../../src/journal/journal.ts'
import { createJournal } from '../../src/journal/open-journal.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { SMALL, spec, stillClock } from '../journal/a-journal.ts'

function newWorkspace(): Workspace {
  const workspace = openWorkspace(temporaryFolder())
  mkdirSync(workspace.runsDir)
  return workspace
}

function open({ runsDir }: Workspace, id: string, events: readonly NewEvent[]) {
  const dir = join(runsDir, id)
  mkdirSync(dir)
  const journal = createJournal({ dir, id, spec, provenance: {}, clock: stillClock })
  for (const event of events) journal.append(event)
  return journal
}

const RUNNING = SMALL.slice(0, 6)

describe('the status of sweeps', () => {
  it('tells a running sweep from one whose orchestrator has gone', async () => {
    const workspace = newWorkspace()
    const journal = open(workspace, 'gamma.1', RUNNING)
    await journal.durable()
    expect(allSweeps(workspace).sweeps[0]?.activity).toBe('running')
    await journal.close()
    const status = await sweepStatus({ workspace, id: 'gamma' })
    expect(status.activity).toBe('orphaned')
    const lines = statusLines(status, { now: 0, style: plain }).join('\n')
    expect(lines).toContain('It goes on with: sweep resume gamma.1')
    expect(lines).toContain('was running')
    expect(lines).not.toMatch(/\d running/)
    expect(lines).toContain('None of its trials runs any more.')
    const left = statusLines({ ...status, living: [2] }, { now: 0, style: plain }).join('\n')
    expect(left).toContain('1 trial still runs without it (2): a resume takes it over.')
  })

  it('tells what failed and why, one line for all failures of a cause', async () => {
    const workspace = newWorkspace()
    await open(workspace, 'gamma.1', SMALL).close()
    const status = await sweepStatus({ workspace, id: 'gamma' })
    const failures = [
      { trials: [3, 5, 8], reason: 'exited with code 1 after 2 s.\n  KeyError: lable' },
      { trials: [4], reason: 'reached its time limit' },
    ]
    const lines = statusLines({ ...status, failures }, { now: 0, style: plain })
    expect(lines).toContain('failed  3 trials (3, 5, 8): exited with code 1 after 2 s.')
    expect(lines).toContain('    KeyError: lable')
    expect(lines).toContain('failed  trial 4: reached its time limit')
  })

  it('names the budget that was used up, so that a resume does not end again at once', () => {
    const stopped = { id: 'gamma.1', stoppedBy: 'budget' } as const
    expect(goesOnText({ ...stopped, stateReason: 'Its budget of 8 h is used up.' })).toContain(
      '--budget wall_time=16h ',
    )
    expect(goesOnText({ ...stopped, stateReason: 'Its budget of 2 GPU-hours is used up.' })).toContain('gpu_hours=4 ')
    const odd = { ...stopped, stateReason: 'Its budget of 1 h 30 min is used up.' }
    expect(goesOnText(odd)).toContain('--budget wall_time=180min ')
    expect(goesOnText({ ...stopped, stateReason: 'It was to run until 07:00.' })).toBe(
      'It goes on with: sweep resume gamma.1',
    )
  })

  it('shows the others when one folder cannot be read', async () => {
    const workspace = newWorkspace()
    await open(workspace, 'gamma.1', SMALL).close()
    mkdirSync(join(workspace.runsDir, 'gamma.2'))
    writeFileSync(
      join(workspace.runsDir, 'gamma.2/sweep.json'),
      '{"format": 99, "id": "gamma.2", "spec": {"format": 99}}',
    )
    const { sweeps, unreadable } = allSweeps(workspace)
    expect(sweeps.map(({ id, activity }) => [id, activity])).toEqual([['gamma.1', 'finished']])
    expect(unreadable).toMatchObject([{ id: 'gamma.2', problem: expect.stringContaining('newer release') }])
    expect(listLines(sweeps, unreadable, plain).join('\n')).toMatch(/gamma\.1\s+finished[\s\S]*gamma\.2: /)
  })

  it('refuses an id that is not there, with the near ones', async () => {
    const workspace = newWorkspace()
    await open(workspace, 'gamma.1', SMALL).close()
    await expect(sweepStatus({ workspace, id: 'gama' })).rejects.toMatchObject({ code: 'SWEEP_UNKNOWN' })
  })
})

describe('one trial', () => {
  it('is shown with its attempts, its curve and its files, infinities as what they are', async () => {
    const workspace = newWorkspace()
    await open(workspace, 'gamma.1', SMALL).close()
    const folder = join(workspace.runsDir, 'gamma.1/trials/0000')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'stdout.log'), 'said\n')
    const details = trialDetails({ workspace, id: 'gamma', trial: 0 })
    expect(details.files).toEqual([{ path: 'stdout.log', bytes: 5 }])
    const lines = trialLines(details, plain).join('\n')
    expect(lines).toContain('out-of-memory, exit code 1, CUDA out of memory')
    expect(lines).toMatch(/curve\s+▁█\s+0\.5000 at step 1 to 0\.7500 at step 2/)
    expect(lines).toMatch(/loss\s+inf/)
    expect(() => trialDetails({ workspace, id: 'gamma', trial: 9 })).toThrow(/no trial 9: it has 2 trials, 0 to 1/)
  })

  it('is followed until it has ended, with what it wrote last', { timeout: 10_000 }, async () => {
    const workspace = newWorkspace()
    const journal = open(workspace, 'gamma.1', RUNNING)
    await journal.durable()
    const folder = join(workspace.runsDir, 'gamma.1/trials/0000')
    mkdirSync(folder, { recursive: true })
    const question = { workspace, id: 'gamma', trial: 0, stream: 'stdout' } as const
    expect(trialLog(question).bytes).toBe(0)
    let seen = ''
    const followed = followLog({
      ...question,
      onBytes: async (part: Readable) => {
        seen += await text(part)
      },
    })
    appendFileSync(join(folder, 'stdout.log'), 'first\n')
    await new Promise((resolve) => setTimeout(resolve, 500))
    appendFileSync(join(folder, 'stdout.log'), 'last\n')
    journal.append({ type: 'trial-state', trial: 0, state: 'failed', reason: 'it crashed' })
    await journal.durable()
    await followed
    await journal.close()
    expect(seen).toBe('first\nlast\n')
    expect(readFileSync(join(folder, 'stdout.log'), 'utf8')).toBe(seen)
  })
})
