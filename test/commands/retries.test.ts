import { describe, expect, it } from 'vitest'
import { eventLines } from '../../src/commands/live/event-lines.ts'
import { renderFrame } from '../../src/commands/live/render.ts'
import { restText } from '../../src/commands/text/rest-text.ts'
import { statusLines } from '../../src/commands/text/status-text.ts'
import { styleFor } from '../../src/commands/text/style.ts'
import { trialLines } from '../../src/commands/text/trial-text.ts'
import { summarize } from '../../src/journal/summary.ts'
import type { Attempt, Trial } from '../../src/trial/trial.ts'
import { aLiveState, aSnapshot, STARTED } from './a-sweep.ts'

const style = styleFor(false)
const now = STARTED + 60_000

const crashed: Attempt = {
  number: 1,
  startedAt: STARTED,
  endedAt: now - 5000,
  slot: 'cpu0',
  end: 'out-of-memory',
  exitCode: 1,
  reason:
    'The trainer ran out of GPU memory (of 16 GiB): it exited with code 1 after 55 s.\nIt said: CUDA out of memory. Tried to allocate 2.00 GiB\nIts last lines on stderr:\n  much more\nLog: x',
  shortage: { memory: 'gpu', alone: false, gpuBytes: 16 * 2 ** 30 },
  retry: { nth: 2, afterMs: 25_000, wants: 'alone', params: { batch_size: 8, accumulation: 2 } },
}

describe('a trial that waits for its retry', () => {
  it('is put into words', () => {
    expect(restText({ nth: 2, dueAt: now + 20_000 }, now)).toBe('waits 20 s before its 2nd retry')
    expect(restText({ nth: 1, dueAt: now - 1 }, now)).toBe('waits for its 1st retry')
    expect(restText({ nth: 11, dueAt: now, alone: true }, now)).toContain('its 11th retry until no other trial is left')
  })

  it('is shown in status', () => {
    const snapshot = aSnapshot([{ state: 'completed' }, { state: 'waiting', attempts: [crashed] }])
    const summary = summarize(snapshot, 0)
    expect(summary.retries).toEqual([{ number: 1, nth: 2, dueAt: now + 20_000 }])
    const status = { id: 'gamma-grid.1', activity: 'running', summary, total: 2, memory: [] } as const
    const lines = statusLines({ ...status, remaining: undefined } as Parameters<typeof statusLines>[0], { now, style })
    expect(lines).toContain('  trial 1  waits 20 s before its 2nd retry')
  })

  it('is shown in the live view', () => {
    const live = {
      ...aLiveState(aSnapshot([{ state: 'waiting', attempts: [crashed] }])),
      resting: [{ trial: 0, nth: 2, dueAt: now + 20_000, alone: false }],
    }
    const frame = {
      live,
      counts: {},
      leader: undefined,
      remaining: undefined,
      notes: [],
      now,
      columns: 80,
      rows: 20,
      style,
    }
    expect(renderFrame(frame)).toContain('  trial 0  waits 20 s before its 2nd retry')
  })

  it('is told in one line where there is no terminal', () => {
    const { retry, reason = '' } = crashed
    const event = { t: now, type: 'attempt-ended', trial: 0, attempt: 1, end: 'out-of-memory', reason } as const
    const said = eventLines(style)({ ...event, ...(retry && { retry }) }, aLiveState(aSnapshot([])))
    expect(said).toBe(
      'trial 0 attempt 1 out-of-memory; waits 25 s before its 2nd retry  The trainer ran out of GPU memory (of 16 GiB): it exited with code 1 after 55 s. CUDA out of memory. Tried to allocate 2.00 GiB',
    )
  })
})

it('show tells of every attempt why it ended and what it was given', () => {
  const params = { batch_size: 8, accumulation: 2 }
  const second: Attempt = {
    number: 2,
    startedAt: now,
    endedAt: now + 1,
    slot: 'cpu0',
    end: 'finished',
    wants: 'alone',
    params,
  }
  const snapshot = aSnapshot([{ state: 'completed', attempts: [crashed, second], value: 0.5 }])
  const lines = trialLines(
    {
      id: 'gamma-grid.1',
      trial: snapshot.trials[0] as Trial,
      params: { batch_size: 16 },
      fixed: { accumulation: 1 },
      notes: [],
      folder: '/x',
      files: [],
    },
    style,
  )
  expect(lines).toContain(
    'attempt 2 ran with batch_size 8 instead of 16, accumulation 2 instead of 1, alone on its GPU',
  )
  expect(lines.join('\n')).toContain('out-of-memory, exit code 1, The trainer ran out of GPU memory')
  expect(lines.join('\n')).not.toContain('much more')
})
