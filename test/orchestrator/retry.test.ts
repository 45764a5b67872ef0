import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Executor, Objective } from '../../src/executors/executor.ts'
import { executors } from '../../src/executors/index.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { gridSpec, runLoop } from './a-loop.ts'
import { runChildren, witnessOf } from './child-loop.ts'

const ends = ({ attempts }: Trial) => attempts.map(({ end }) => end)
const command = { kind: 'command', argv: ['true'], cwd: '/', env: {} } as const
const childSpec = (n: number, parts: Parameters<typeof gridSpec>[1] = {}) =>
  gridSpec(n, { trainer: command, graceMs: 500, ...parts })

/** What `sweep resume --retry failed` does first. */
async function giveAnotherChance(dir: string, trial: number): Promise<void> {
  const journal = openJournal({ dir, clock: systemClock })
  journal.append({ type: 'trial-state', trial, state: 'waiting' })
  await journal.close()
}

/** Whatever ends badly, the machine is said to be the cause. */
function spoiling(objective: Objective): Executor {
  const executor = executors.inline.create({})({ sweepDir: '/no/such', objective, metric: 'f1' })
  const poll = executor.poll.bind(executor)
  executor.poll = async (handles) => {
    const statuses = await poll(handles)
    return statuses.map((status) => (status.state === 'ended' ? { ...status, machine: 'the disk was full' } : status))
  }
  return executor
}

describe('an attempt that crashed', () => {
  it('is not repeated unless the sweep asks for it: the first typo is heard at once', async () => {
    const end = await runChildren({ spec: childSpec(1), program: 'crashes-at-first.sh' })
    expect(end.snapshot.trials[0]).toMatchObject({ state: 'failed', attempts: [{ end: 'crashed', failed: true }] })
  })

  it('is repeated from its checkpoint as often as the sweep says, and every attempt and its cause stays visible', async () => {
    const spec = childSpec(2, { retry: { crashed: 2, backoffMs: 20 } })
    const { snapshot, dir } = await runChildren({ spec, program: 'crashes-at-first.sh', env: { FAILURES: '2' } })
    for (const trial of snapshot.trials) {
      expect(ends(trial)).toEqual(['crashed', 'crashed', 'finished'])
      expect(trial).toMatchObject({ state: 'completed', value: 0.5 })
      expect(trial.attempts[0]?.reason).toContain('the server at 10.0.0.1:8080 hung up')
      // Only what that attempt wrote, although all of them append to one log.
      expect(trial.attempts[1]?.reason).toContain('the server at 10.0.0.2:8080 hung up')
      expect(trial.attempts[1]?.reason).not.toContain('10.0.0.1')
      expect(trial.attempts[1]?.reason).toContain('Retry 2 follows after')
    }
    expect(witnessOf(dir, 0)).toEqual(['attempt 1 from none', 'attempt 2 from 1', 'attempt 3 from 2'])
  })

  // Complaint 15: a trial that is started again for ever.
  it('fails its trial once its retries are used up, and says which number allowed them', async () => {
    const spec = childSpec(1, { retry: { crashed: 1, backoffMs: 1 } })
    const end = await runChildren({ spec, program: 'crashes-at-first.sh', env: { FAILURES: '9' } })
    expect(end.snapshot.trials[0]).toMatchObject({ state: 'failed' })
    expect(end.snapshot.trials[0]?.reason).toContain('This was its attempt 2: retry.crashed allows 1 retry.')
  })

  it('gets its retries anew when a person gives its trial another chance', async () => {
    const spec = gridSpec(1, { retry: { crashed: 1, backoffMs: 1 } })
    let calls = 0
    const objective = () => {
      calls++
      throw new Error('no')
    }
    const first = await runLoop({ spec, objective })
    expect(calls).toBe(2)
    await giveAnotherChance(first.dir, 0)
    const second = await runLoop({ spec, dir: first.dir, objective })
    expect(calls).toBe(4)
    expect(second.snapshot.trials[0]).toMatchObject({ state: 'failed' })
  })

  it('may be spoilt by the machine anew, too, after a person gave its trial another chance', async () => {
    const spec = gridSpec(1)
    let calls = 0
    const objective = () => {
      calls++
      throw new Error('no')
    }
    const first = await runLoop({ spec, objective, parts: { executor: spoiling(objective) } })
    expect(calls).toBe(3)
    await giveAnotherChance(first.dir, 0)
    await runLoop({ spec, dir: first.dir, objective, parts: { executor: spoiling(objective) } })
    expect(calls).toBe(6)
  })
})

describe('the rest before a retry', () => {
  it('doubles from one retry to the next, is never much longer or shorter, and is the same in a repetition', async () => {
    const spec = gridSpec(1, { retry: { crashed: 3, backoffMs: 40 } })
    const objective = () => {
      throw new Error('no')
    }
    const rests = async () => {
      const { attempts } = (await runLoop({ spec, objective })).snapshot.trials[0] as Trial
      attempts.slice(1).forEach(({ startedAt }, i) => {
        const { endedAt = 0, retry } = attempts[i] as Trial['attempts'][number]
        expect(startedAt - endedAt).toBeGreaterThanOrEqual((retry?.afterMs ?? 0) - 2)
      })
      return attempts.flatMap(({ retry }) => retry?.afterMs ?? [])
    }
    const [first = 0, second = 0, third = 0] = await rests()
    for (const [ms, base] of [
      [first, 40],
      [second, 80],
      [third, 160],
    ] as const) {
      expect(ms).toBeGreaterThanOrEqual(base * 0.75)
      expect(ms).toBeLessThanOrEqual(base * 1.25)
    }
    expect(await rests()).toEqual([first, second, third])
  })

  it('does not hold up other trials, nor end the sweep', async () => {
    const order: string[] = []
    const end = await runLoop({
      spec: gridSpec(6, { retry: { crashed: 1, backoffMs: 400 } }),
      parallel: 1,
      objective: ({ params, trial }) => {
        order.push(`${trial}`)
        if (params.x === 0 && order.filter((it) => it === '0').length === 1) throw new Error('no')
        return 1
      },
    })
    expect(order).toEqual(['0', '1', '2', '3', '4', '5', '0'])
    expect(end.snapshot.state).toBe('finished')
    expect(end.snapshot.trials.every(({ state }) => state === 'completed')).toBe(true)
  })

  it('is told to a person, and goes on after a resume where it was', async () => {
    const stop = new AbortController()
    const seen: unknown[] = []
    const spec = gridSpec(1, { retry: { crashed: 1, backoffMs: 1500 } })
    const objective = ({ trialDir }: { trialDir: string }) => {
      const again = readFileSync(join(trialDir, '../../journal.ndjson'), 'utf8').includes('"attempt":2')
      if (!again) throw new Error('no')
      return 1
    }
    const begun = Date.now()
    const first = await runLoop({
      spec,
      objective,
      parts: {
        signal: stop.signal,
        observer: {
          event: () => undefined,
          tick: ({ resting }) => {
            if (resting === undefined) return
            seen.push(resting[0])
            stop.abort()
          },
        },
      },
    })
    expect(first.interrupted).toBe(true)
    expect(first.snapshot.trials[0]).toMatchObject({ state: 'waiting' })
    expect(seen[0]).toMatchObject({ trial: 0, nth: 1, alone: false })
    const second = await runLoop({ spec, dir: first.dir, objective })
    expect(second.snapshot.trials[0]).toMatchObject({
      state: 'completed',
      attempts: [{ end: 'crashed' }, { end: 'finished' }],
    })
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1500 * 0.75)
    expect(Date.now() - begun).toBeLessThan(4000)
  })
})

describe('the time limit', () => {
  it('counts for each attempt, and a retry goes on from the checkpoint', async () => {
    const spec = gridSpec(1, { timeLimitMs: 300, graceMs: 50, retry: { timedOut: 2, backoffMs: 1 } })
    const end = await runLoop({
      spec,
      objective: async ({ trialDir, signal }) => {
        const checkpoints = join(trialDir, 'checkpoints')
        const done = existsSync(join(checkpoints, 'steps'))
          ? readFileSync(join(checkpoints, 'steps'), 'utf8').length
          : 0
        mkdirSync(checkpoints, { recursive: true })
        for (let step = done; step < 5 && !signal.aborted; step++) {
          await new Promise((resolve) => setTimeout(resolve, 120))
          if (!signal.aborted) appendFileSync(join(checkpoints, 'steps'), '.')
        }
        return 1
      },
    })
    const [trial] = end.snapshot.trials
    expect(ends(trial as Trial).slice(0, -1)).toContain('timed-out')
    expect(trial).toMatchObject({ state: 'completed' })
  })

  it('names the limit and what a retry would do when there is none', async () => {
    const end = await runLoop({
      spec: gridSpec(1, { timeLimitMs: 100, graceMs: 20 }),
      objective: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(1))),
    })
    expect(end.snapshot.trials[0]?.reason).toContain(
      'The limit of 0.1 s is time_limit of the sweep file; retry: { timed_out: 1 } would run it again (it wrote no checkpoint',
    )
  })
})

// Complaint 11: other tools never run failed points of a grid again.
it('a failed point of a grid is run again, under its own number, when a person says --retry failed', async () => {
  let broken = true
  const spec = gridSpec(4)
  const objective = ({ params }: { params: Readonly<Record<string, unknown>> }) => {
    if (broken && params.x === 2) throw new Error('no space left')
    return Number(params.x)
  }
  const first = await runLoop({ spec, objective })
  expect(first.snapshot.trials.map(({ state }) => state)).toEqual(['completed', 'completed', 'failed', 'completed'])
  broken = false
  await giveAnotherChance(first.dir, 2)
  const second = await runLoop({ spec, dir: first.dir, objective })
  expect(second.snapshot.trials.map(({ value }) => value)).toEqual([0, 1, 2, 3])
  expect(second.snapshot.trials).toHaveLength(4)
})

// Complaint 15: one of several repetitions dies of memory and the finished ones are thrown away.
it('a seed that dies leaves the finished seeds of its configuration as they are, and its retry joins them', async () => {
  const spec = childSpec(1, { seeds: [1, 2, 3], retry: { crashed: 1, backoffMs: 1 } })
  let died = false
  const end = await runLoop({
    spec,
    parallel: 1,
    objective: ({ seed }) => {
      if (seed === 2 && !died) {
        died = true
        throw new Error('CUDA error: out of memory')
      }
      return seed
    },
  })
  expect(end.snapshot.trials.map(({ value }) => value)).toEqual([1, 2, 3])
  expect(end.snapshot.trials.map(({ attempts }) => attempts.length)).toEqual([1, 2, 1])
})
