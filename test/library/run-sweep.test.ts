import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { defineSweep, ProblemsError, runSweep } from '../../src/library/index.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

describe('runSweep', () => {
  it('finds the best configuration over several seeds of a function', async () => {
    const { best, ranking, snapshot } = await runSweep({
      parameters: { x: { values: [-1, 0, 1, 2] }, y: { values: ['near', 'far'] } },
      seeds: 3,
      metric: { name: 'loss', goal: 'minimize' },
      objective: ({ params, seed }) => {
        expectTypeOf(params.x).toEqualTypeOf<-1 | 0 | 1 | 2>()
        expectTypeOf(params.y).toEqualTypeOf<'near' | 'far'>()
        return (params.x - 1) ** 2 + (params.y === 'far' ? 5 : 0) + seed * 0.01
      },
    })
    expect(best?.params).toEqual({ x: 1, y: 'near' })
    expectTypeOf(best?.params.y).toEqualTypeOf<'near' | 'far' | undefined>()
    expect(best?.mean).toBeCloseTo(0.02)
    expect(ranking).toHaveLength(8)
    expect(snapshot.trials).toHaveLength(24)
  })

  it('draws the same configurations again from the same seed', async () => {
    const run = () =>
      runSweep({
        method: 'random',
        parameters: { rate: { distribution: 'log_uniform_values', min: 1e-4, max: 1 } },
        run_cap: 5,
        sweep_seed: 9,
        objective: ({ params }) => {
          expectTypeOf(params.rate).toEqualTypeOf<number>()
          return params.rate
        },
      })
    const [first, second] = [await run(), await run()]
    expect(first.snapshot.configurations).toHaveLength(5)
    expect(second.snapshot.configurations).toEqual(first.snapshot.configurations)
  })

  it('fails a trial whose function throws and goes on with the others', async () => {
    const { best, snapshot } = await runSweep({
      parameters: { x: { values: [1, 2, 3] } },
      objective: async ({ params }) => {
        if (params.x === 2) throw new Error('two is too much')
        return params.x
      },
    })
    expect(snapshot.trials.map(({ state }) => state)).toEqual(['completed', 'failed', 'completed'])
    expect(snapshot.trials[1]?.reason).toContain('two is too much')
    expect(best?.params).toEqual({ x: 1 })
  })

  it('stops a trial that its pruner gives up, and hands its curve on', async () => {
    const { snapshot } = await runSweep({
      parameters: { slope: { values: [1, -1] } },
      metric: { name: 'gain', goal: 'maximize' },
      pruner: { name: 'patience', reports: 3 },
      objective: async ({ params, report, signal }) => {
        for (let step = 1; step <= 400 && !signal.aborted; step++) {
          report(step, { gain: params.slope * step })
          await new Promise((resolve) => setTimeout(resolve, params.slope > 0 ? 0 : 5))
        }
        return { gain: params.slope * 400 }
      },
    })
    expect(snapshot.trials.map(({ state }) => state)).toEqual(['completed', 'pruned'])
    expect(snapshot.trials[1]?.reason).toContain('patience')
    expect(snapshot.trials[0]?.curve).toHaveLength(400)
  })

  it('keeps the sweep in a folder, and goes on there after it was stopped', async () => {
    const folder = temporaryFolder()
    const calls: number[] = []
    const sweep = (stopAt: number) => {
      const stop = new AbortController()
      return runSweep({
        folder,
        name: 'steps',
        resume: true,
        parameters: { x: { values: [1, 2, 3, 4, 5, 6] } },
        abort: stop.signal,
        objective: ({ params }) => {
          calls.push(params.x)
          if (params.x === stopAt) stop.abort()
          return params.x
        },
      })
    }
    const first = await sweep(3)
    expect(first.interrupted).toBe(true)
    const second = await sweep(0)
    expect(second.id).toBe(first.id)
    expect(second.snapshot.state).toBe('finished')
    expect([...new Set(calls)].sort()).toEqual([1, 2, 3, 4, 5, 6])
    expect(readdirSync(join(folder, 'runs'))).toEqual(['steps.1'])
    expect(existsSync(join(folder, 'runs/steps.1/journal.ndjson'))).toBe(true)
  })

  it('refuses a wrong definition with every problem at once', async () => {
    const wrong = runSweep({
      parameters: { x: { min: 2, max: 1 }, y: { values: [] } },
      objective: () => 1,
    })
    await expect(wrong).rejects.toThrow(ProblemsError)
    await expect(wrong).rejects.toMatchObject({ problems: [expect.anything(), expect.anything()] })
  })
})

describe('the types of params', () => {
  it('follow the definition, nested groups and conditions included', () => {
    const sweep = (): Promise<unknown> =>
      runSweep({
        parameters: {
          loss: { values: ['focal', 'plain'] },
          gamma: { min: 1, max: 3, when: { loss: 'focal' } },
          head: { parameters: { layers: { value: 3 }, dropout: { min: 0, max: 0.5 } } },
        },
        objective: ({ params }) => {
          expectTypeOf(params.gamma).toEqualTypeOf<number | undefined>()
          expectTypeOf(params.head).toEqualTypeOf<{ readonly layers: 3; readonly dropout: number }>()
          // @ts-expect-error there is no such parameter
          params.gama
          return 0
        },
      })
    expectTypeOf(sweep).returns.resolves.toBeUnknown()
    expect(defineSweep({ method: 'grid', parameters: { x: { values: [1] } } })).toMatchObject({ method: 'grid' })
  })
})
