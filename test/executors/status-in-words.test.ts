import { describe, expect, it } from 'vitest'
import { endInWords, lostStatus, recordedStatus } from '../../src/executors/local/status-in-words.ts'

const end = (code: number | null, signal: string | null, after = 192_000) => ({ code, signal, at: 0, after })

describe('the end of an attempt in words', () => {
  it.each([
    [end(1, null), 'exited with code 1 after 3 min 12 s'],
    [end(null, 'SIGKILL'), 'killed by SIGKILL after 3 min 12 s; SIGKILL is usually the out-of-memory killer'],
    [
      end(137, null),
      'exited with code 137 after 3 min 12 s, as a shell does for SIGKILL; SIGKILL is usually the out-of-memory killer',
    ],
    [
      { ...end(null, 'SIGKILL'), notMemory: true as const },
      "killed by SIGKILL after 3 min 12 s; not by the out-of-memory killer, by the kernel's count",
    ],
    [end(null, 'SIGUSR1', 500), 'killed by SIGUSR1 after 0.5 s'],
    [end(255, null, 500), 'exited with code 255 after 0.5 s'],
  ])('%j', (process, words) => expect(endInWords(process)).toBe(words))

  it('says when a stopped attempt had to be killed', () => {
    const facts = { stopping: 'stop' as const, starting: { keeper: 1, graceMs: 10_000 }, ended: end(null, 'SIGKILL') }
    expect(recordedStatus(facts)).toMatchObject({
      end: 'stopped',
      reason: 'was stopped after 3 min 12 s; it had not ended 10 s after SIGTERM, so it was killed',
    })
  })

  it('does not call an attempt lost that was being stopped', () => {
    expect(lostStatus({ stopping: 'time-limit' }, 'gone')).toMatchObject({ end: 'timed-out' })
    expect(lostStatus({}, 'gone')).toMatchObject({ end: 'lost', reason: 'gone' })
  })
})
