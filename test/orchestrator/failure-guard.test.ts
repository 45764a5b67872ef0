import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { failureCause } from '../../src/orchestrator/failure-cause.ts'
import { streakOf } from '../../src/orchestrator/failure-streak.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { gridSpec, runLoop } from './a-loop.ts'

const states = (end: { snapshot: { trials: readonly { state: string }[] } }) =>
  end.snapshot.trials.map(({ state }) => state)

describe('a sweep in its middle', () => {
  it('stops when trials of several configurations fail in a row with one cause, names it, and a resume goes on', async () => {
    let broken = true
    const spec = gridSpec(12, { maxFailuresInARow: 3 })
    const objective = ({ params }: { params: Readonly<Record<string, unknown>> }) => {
      const x = Number(params.x)
      if (broken && x >= 3) throw new Error(`cannot read /data/part-${x}/rows.csv at 0x7f${x}a: disk gone`)
      return x
    }
    const first = await runLoop({ spec, parallel: 1, objective })
    expect(first.snapshot.state).toBe('stopped')
    expect(first.interrupted).toBe(false)
    expect(states(first).filter((state) => state === 'failed')).toHaveLength(3)
    expect(first.snapshot.stateReason).toContain(
      '3 trials of 3 configurations failed in a row (3, 4, 5) with the same cause, crashed, "Error: cannot read',
    )
    broken = false
    const second = await runLoop({ spec, dir: first.dir, parallel: 1, objective })
    expect(second.snapshot.state).toBe('finished')
    expect(states(second).filter((state) => state === 'completed')).toHaveLength(9)
  })

  it('goes on when one configuration fails with all of its seeds', async () => {
    const end = await runLoop({
      spec: gridSpec(3, { maxFailuresInARow: 3, seeds: [1, 2, 3, 4, 5] }),
      parallel: 1,
      objective: ({ params }) => {
        if (params.x === 1) throw new Error('this learning rate is too high')
        return 1
      },
    })
    expect(end.snapshot.state).toBe('finished')
  })

  it('goes on when a trial completes in between', async () => {
    const end = await runLoop({
      spec: gridSpec(12, { maxFailuresInARow: 3 }),
      parallel: 1,
      objective: ({ params }) => {
        if (Number(params.x) % 3 !== 0) throw new Error('no')
        return 1
      },
    })
    expect(end.snapshot.state).toBe('finished')
  })
})

describe('a cause that may go away', () => {
  it('is met by few trials only, while their retries find out whether it has gone', async () => {
    let gone: number | undefined
    const met = new Set<number>()
    const end = await runLoop({
      spec: gridSpec(24, { maxFailuresInARow: 3, retry: { crashed: 5, backoffMs: 150 } }),
      parallel: 2,
      objective: async ({ trial }) => {
        // Long enough that none is claimed ahead.
        await new Promise((resolve) => setTimeout(resolve, 60))
        if (trial < 4) return trial
        gone ??= Date.now()
        const away = Date.now() - gone
        if (away < 800) {
          met.add(trial)
          throw new Error(`the server is gone for ${away} ms`)
        }
        return trial
      },
    })
    expect(end.snapshot.state).toBe('finished')
    expect(states(end).every((state) => state === 'completed')).toBe(true)
    expect(met.size).toBeLessThan(10)
  })
})

// Complaint 14: after a stop for failures other tools lose the sampler's place, or run nothing again.
it('a resume after a stop for failures goes on with the same suggestions as an undisturbed sweep', async () => {
  const random = samplers.random.create({})
  const x = { distribution: 'uniform', min: 0, max: 1 } as const
  const plain = gridSpec(1, { runCap: 20, maxFailuresInARow: 3 })
  const spec = { ...plain, space: { ...plain.space, parameters: { x } } }
  const parts = { sampler: random }
  const undisturbed = await runLoop({ spec, parallel: 1, parts, objective: ({ params }) => Number(params.x) })
  let broken = true
  const objective = ({ params, trial }: { params: Readonly<Record<string, unknown>>; trial: number }) => {
    if (broken && trial > 4) throw new Error('the server is gone')
    return Number(params.x)
  }
  const first = await runLoop({ spec, parallel: 1, parts, objective })
  expect(first.snapshot.stoppedBy).toBe('failures')
  broken = false
  const journal = openJournal({ dir: first.dir, clock: systemClock })
  for (const { number, state } of journal.snapshot.trials) {
    if (state === 'failed') journal.append({ type: 'trial-state', trial: number, state: 'waiting' })
  }
  await journal.close()
  const second = await runLoop({ spec, dir: first.dir, parallel: 1, parts, objective })
  expect(second.snapshot.configurations).toEqual(undisturbed.snapshot.configurations)
  expect(second.snapshot.trials.map(({ value }) => value)).toEqual(
    undisturbed.snapshot.trials.map(({ value }) => value),
  )
})

it('what failed before a crash of the orchestrator counts, what failed before a stop does not', () => {
  const failed = (number: number, reason: string): Trial => ({
    number,
    configuration: number,
    seed: 1,
    state: 'failed',
    reason,
    attempts: [
      { number: 1, startedAt: number, endedAt: number + 1, slot: 'cpu0', end: 'crashed', exitCode: 1, reason },
    ],
    curve: [],
    metrics: {},
  })
  const good: Trial = { ...failed(1, ''), state: 'completed' }
  const trials = [failed(0, 'a'), good, failed(2, 'b'), failed(3, 'a'), failed(4, 'a')]
  expect(streakOf({ state: 'running', trials })?.trials).toEqual([3, 4])
  expect(streakOf({ state: 'stopped', trials })).toBeUndefined()
})

describe('two failures have the same cause', () => {
  const key = (line: string, exitCode = 1) =>
    failureCause({ end: 'crashed', exitCode }, `The trainer exited.\nIts last lines on stderr:\n  ${line}\nLog: x`).key

  it('when they differ in numbers, addresses, ids and folders only', () => {
    expect(key('OSError: /a/17/x.csv at 0x7fe1 (3.5 s)')).toBe(key('OSError: /b/2/x.csv at 0x12ab (12 s)'))
    expect(key('job 3f2504e0-4f89-11d3-9a0c-0305e82c3301 gone')).toBe(
      key('job 9a2504e0-4f89-11d3-9a0c-0305e82c3301 gone'),
    )
    expect(key('connect 10.0.0.1:8080 refused')).toBe(key('connect 10.0.0.7:9090 refused'))
  })

  it('unless another file, another error or another exit code is named', () => {
    expect(key('OSError: /a/x.csv')).not.toBe(key('OSError: /a/y.csv'))
    expect(key("KeyError: 'a'")).not.toBe(key("KeyError: 'b'"))
    expect(key("KeyError: 'a'")).not.toBe(key("KeyError: 'a'", 2))
  })

  it('told from the error and not from the traceback around it', () => {
    const reason = (stack: string) =>
      `Its function threw.\nIts last lines on stderr:\n  Error: no such column: label\n      at ${stack}\nLog: x`
    const [a, b] = ['f (file.ts:3:4)', 'g (other.ts:1:2)'].map((stack) =>
      failureCause({ end: 'crashed' }, reason(stack)),
    )
    expect(a?.key).toBe(b?.key)
    expect(a?.text).toBe('crashed, "Error: no such column: label"')
  })
})
