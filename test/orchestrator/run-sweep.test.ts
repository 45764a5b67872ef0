import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EnvironmentError } from '../../src/base/errors.ts'
import type { LiveState } from '../../src/orchestrator/observer.ts'
import { pruners } from '../../src/pruners/index.ts'
import { samplers } from '../../src/samplers/index.ts'
import { gridSpec, runLoop } from './a-loop.ts'

const states = (end: { snapshot: { trials: readonly { state: string }[] } }) =>
  end.snapshot.trials.map(({ state }) => state)

describe('the loop', () => {
  it('runs every configuration with every seed, as many at a time as there are slots', async () => {
    let running = 0
    let most = 0
    const end = await runLoop({
      spec: gridSpec(5, { seeds: [7, 8] }),
      parallel: 3,
      objective: async ({ params, seed }) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 5))
        running--
        return Number(params.x) * 100 + seed
      },
    })
    expect(end.snapshot.state).toBe('finished')
    expect(end.snapshot.trials.map(({ value }) => value)).toEqual([7, 8, 107, 108, 207, 208, 307, 308, 407, 408])
    expect(most).toBe(3)
  })

  it('never runs more trials at a time than the sweep allows, whatever slots there are', async () => {
    let running = 0
    await runLoop({
      spec: gridSpec(6, { parallel: 1 }),
      parallel: 4,
      objective: async () => {
        expect(++running).toBe(1)
        await new Promise((resolve) => setTimeout(resolve, 2))
        running--
        return 1
      },
    })
  })

  it('writes params.json with fixed params under those of the space, and without the seed', async () => {
    const { dir } = await runLoop({
      spec: gridSpec(1, { fixed: { x: 'is overruled', data: 'quickstart' } }),
      objective: ({ params }) => Number(params.x),
    })
    expect(JSON.parse(readFileSync(join(dir, 'trials/0000/params.json'), 'utf8'))).toEqual({ x: 0, data: 'quickstart' })
  })

  it('ends at the run cap', async () => {
    const end = await runLoop({ spec: gridSpec(9, { runCap: 4 }), objective: () => 1 })
    expect(states(end)).toEqual(['completed', 'completed', 'completed', 'completed'])
  })

  it('starts nothing new once the target is reached, and says so', async () => {
    const end = await runLoop({
      spec: gridSpec(50, { metric: { name: 'f1', goal: 'maximize', value: 'last', target: 3 } }),
      parallel: 1,
      objective: ({ params }) => Number(params.x),
    })
    expect(end.snapshot.state).toBe('finished')
    expect(end.snapshot.stateReason).toBe('Trial 3 reached the target: f1 is 3 (target 3).')
    expect(states(end).filter((state) => state === 'completed').length).toBeLessThan(50)
    expect(states(end)).not.toContain('waiting')
  })

  it('stops when the first trials all fail, and names the cause', async () => {
    const end = await runLoop({
      spec: gridSpec(50, { maxFailuresInARow: 3 }),
      parallel: 1,
      objective: () => {
        throw new Error('no such column: lable')
      },
    })
    expect(end.snapshot.state).toBe('stopped')
    expect(end.interrupted).toBe(false)
    expect(end.snapshot.stateReason).toContain('The first 3 trials all failed')
    expect(end.snapshot.stateReason).toContain('no such column: lable')
    expect(states(end).filter((state) => state === 'failed')).toHaveLength(3)
  })

  it('goes on after failures of different causes once a trial has completed', async () => {
    const end = await runLoop({
      spec: gridSpec(12, { maxFailuresInARow: 2 }),
      parallel: 1,
      objective: ({ params }) => {
        if (params.x !== 1) throw new Error(Number(params.x) % 2 === 0 ? 'no such column' : 'no such file')
        return 1
      },
    })
    expect(end.snapshot.state).toBe('finished')
    expect(states(end).filter((state) => state === 'failed')).toHaveLength(11)
  })

  it('fails a trial that ends well without the metric, and names what it did report', async () => {
    const end = await runLoop({ spec: gridSpec(1), objective: () => ({ loss: 1, accuracy: 0.5 }) })
    expect(end.snapshot.trials[0]?.reason).toBe(
      'The trainer ended with exit code 0 but never reported "f1", the sweep\'s metric. It reported: accuracy, loss.',
    )
  })

  it('ranks by the best report where the sweep says so, and never by NaN', async () => {
    const end = await runLoop({
      spec: gridSpec(1, { metric: { name: 'f1', goal: 'maximize', value: 'best' } }),
      objective: ({ report }) => {
        for (const [i, f1] of [0.1, 0.9, Number.NaN, 0.2].entries()) report(i, { f1 })
        return {}
      },
    })
    expect(end.snapshot.trials[0]).toMatchObject({ state: 'completed', value: 0.9 })
    expect(end.snapshot.trials[0]?.curve).toEqual([
      [0, 0.1],
      [1, 0.9],
      [2, Number.NaN],
      [3, 0.2],
    ])
  })

  it('ends a trial that takes longer than its time limit', async () => {
    const end = await runLoop({
      spec: gridSpec(1, { timeLimitMs: 100, graceMs: 20 }),
      objective: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(1))),
    })
    expect(end.snapshot.trials[0]).toMatchObject({ state: 'failed', attempts: [{ end: 'timed-out' }] })
  })

  it('prunes a trial while it runs and keeps its slot for the next one', async () => {
    const end = await runLoop({
      spec: gridSpec(3),
      parallel: 1,
      parts: { pruner: pruners.threshold.create({ lower: 0 }) },
      objective: async ({ params, report, signal }) => {
        const f1 = params.x === 1 ? -1 : 1
        report(1, { f1 })
        for (let i = 0; f1 < 0 && i < 500 && !signal.aborted; i++) await new Promise((r) => setTimeout(r, 10))
        return f1
      },
    })
    expect(states(end)).toEqual(['completed', 'pruned', 'completed'])
    expect(end.snapshot.trials[1]).toMatchObject({ reason: '-1 at step 1 is below 0.' })
    expect(end.snapshot.trials[1]?.value).toBeUndefined()
  })

  it('skips configurations that the sampler proposes again, and ends when nothing new comes', async () => {
    const end = await runLoop({
      spec: gridSpec(4, { runCap: 100 }),
      parts: { sampler: samplers.random.create({}) },
      objective: ({ params }) => Number(params.x),
    })
    expect(end.snapshot.configurations.map(({ params }) => params.x).sort()).toEqual([0, 1, 2, 3])
    expect(end.snapshot.notes.map(({ text }) => text).join()).toContain('only known configurations')
  })

  it('makes an attempt durable before its process is told to start', async () => {
    const order: string[] = []
    await runLoop({
      spec: gridSpec(30),
      objective: ({ trial, trialDir }) => {
        const journal = readFileSync(join(trialDir, '../../journal.ndjson'), 'utf8')
        order.push(journal.includes(`"attempt-started","trial":${trial},`) ? 'remembered' : `trial ${trial} forgotten`)
        return 1
      },
    })
    expect(new Set(order)).toEqual(new Set(['remembered']))
  })

  it('stops gracefully when asked, and a resume runs exactly what is left', async () => {
    const stop = new AbortController()
    const calls: number[] = []
    const spec = gridSpec(8)
    const first = await runLoop({
      spec,
      parallel: 1,
      parts: { signal: stop.signal },
      objective: async ({ trial }) => {
        calls.push(trial)
        if (trial === 3) stop.abort()
        await new Promise((resolve) => setTimeout(resolve, 5))
        return trial
      },
    })
    expect(first.interrupted).toBe(true)
    expect(first.snapshot.state).toBe('stopped')
    expect(states(first)).not.toContain('running')

    const second = await runLoop({
      spec,
      dir: first.dir,
      objective: ({ trial }) => {
        calls.push(trial)
        return trial
      },
    })
    expect(second.snapshot.state).toBe('finished')
    expect(second.snapshot.trials.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    // Only the trial that was running at the stop was called twice.
    expect(calls.sort()).toEqual([0, 1, 2, 3, 3, 4, 5, 6, 7])
  })

  it('reuses what an earlier sweep has answered, says so once and runs the rest', async () => {
    const earlier = await runLoop({ spec: gridSpec(1), objective: () => 0.5 })
    const dir = join(earlier.dir, 'trials/0000')
    const end = await runLoop({
      spec: gridSpec(4),
      parts: {
        addressOf: (params) => `address of ${params.x}`,
        answerFor: (address) =>
          /[12]$/.test(address) ? { from: 'gamma.0/9', dir, value: 0.5, metrics: { f1: 0.5 } } : undefined,
      },
      objective: ({ params }) => Number(params.x),
    })
    expect(end.snapshot.trials.map(({ value, reusedFrom }) => [value, reusedFrom])).toEqual([
      [0, undefined],
      [0.5, 'gamma.0/9'],
      [0.5, 'gamma.0/9'],
      [3, undefined],
    ])
    expect(end.snapshot.notes.filter(({ text }) => text.includes('--no-reuse'))).toHaveLength(1)
    expect(readFileSync(join(end.dir, 'trials/0001/params.json'), 'utf8')).toContain('"x"')
  })

  it('stops with the cause when no attempt can be started at all', async () => {
    const cause = new EnvironmentError('The disk is full.', { code: 'DISK_FULL' })
    const launch = () => {
      throw cause
    }
    await expect(runLoop({ spec: gridSpec(3), parts: { launch }, objective: () => 1 })).rejects.toBe(cause)
  })

  it('tells its observer what runs where', async () => {
    let most: LiveState['slots'] = []
    let total: number | undefined
    await runLoop({
      spec: gridSpec(4),
      parts: {
        observer: {
          event: () => undefined,
          tick: (live) => {
            total = live.total
            if (live.slots.length > most.length) most = live.slots
          },
        },
      },
      objective: () => new Promise((resolve) => setTimeout(() => resolve(1), 300)),
    })
    expect(total).toBe(4)
    expect(most.map(({ id }) => id)).toEqual(['inline0', 'inline1'])
    expect(most[0]?.trial).toBeTypeOf('number')
  })
})
