import { describe, expect, it } from 'vitest'
import { type SimulateOptions, simulate } from '../../src/app/simulate.ts'
import type { JournalEvent } from '../../src/journal/event.ts'
import type { Pruner } from '../../src/pruners/pruner.ts'
import type { Race } from '../../src/racing/race.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import { spec as plain } from '../fixtures/a-spec.ts'

const STEPS = 9

function specOf(parts: Partial<SweepSpec> = {}): SweepSpec {
  return {
    ...plain,
    sampler: { name: 'random', options: {} },
    race: { name: 'all-seeds', options: {} },
    space: { ...plain.space, parameters: { x: { distribution: 'uniform', min: 0, max: 1 } } },
    seeds: [1],
    runCap: 30,
    ...parts,
  }
}

const outcome: SimulateOptions['outcome'] = (params, seed) => ({
  msPerStep: 1000 * (1 + Number(params.x)),
  curve: Array.from({ length: STEPS }, (_, i) => [i + 1, Number(params.x) - 1 / (i + 1) + seed / 1000] as const),
})

/** Pauses everything at step 3, and lets the best third of at least three go on. */
const halving: Pruner = {
  judge: ({ curve }) =>
    curve.at(-1)?.[0] === 3 ? { action: 'pause', reason: 'It waits at step 3.' } : { action: 'continue' },
  promote({ trials }) {
    const at3 = trials.filter(({ curve }) => curve.length >= 3).sort((a, b) => valueAt3(b) - valueAt3(a))
    const best = at3.slice(0, Math.floor(at3.length / 3)).find(({ state }) => state === 'paused')
    return best === undefined ? undefined : { trial: best.number, reason: 'It is among the best third at step 3.' }
  },
}
const valueAt3 = ({ curve }: { readonly curve: readonly (readonly [number, number])[] }) => curve[2]?.[1] ?? 0

async function run(options: Partial<SimulateOptions> = {}) {
  const events: JournalEvent[] = []
  const onEvent = (event: JournalEvent) => events.push(event)
  const sweep = await simulate({ spec: specOf(), outcome, slots: 4, onEvent, ...options })
  return { ...sweep, events }
}

describe('a simulated sweep', () => {
  it('runs every trial to its end, in the time that its slots would take', async () => {
    const { snapshot, elapsedMs } = await run({ slots: 1 })
    expect(snapshot.state).toBe('finished')
    expect(snapshot.trials.every(({ state, curve }) => state === 'completed' && curve.length === STEPS)).toBe(true)
    const work = snapshot.trials.reduce((sum, { attempts }) => sum + (attempts[0]?.tookMs ?? 0), 0)
    expect(elapsedMs / work).toBeCloseTo(1, 3)
    const { elapsedMs: onFour } = await run({ slots: 4 })
    expect(onFour).toBeLessThan(elapsedMs / 3.5)
  })

  it('ends a trial at the very step at which its pruner gives it up', async () => {
    const pruner: Pruner = {
      judge: ({ curve }) =>
        curve.length === 2 && (curve[1]?.[1] ?? 0) < 0
          ? { action: 'stop', reason: 'It is below 0.' }
          : { action: 'continue' },
    }
    const { snapshot, events } = await run({ parts: { pruner } })
    const pruned = snapshot.trials.filter(({ state }) => state === 'pruned')
    expect(pruned.length).toBeGreaterThan(3)
    expect(pruned.every(({ curve, reason }) => curve.length === 2 && reason === 'It is below 0.')).toBe(true)
    expect(events.filter(({ type }) => type === 'verdict')).toHaveLength(pruned.length)
  })

  it('lets a paused trial go on from its last step, and ends the others when the sweep is over', async () => {
    const { snapshot } = await run({ parts: { pruner: halving } })
    const { trials } = snapshot
    const completed = trials.filter(({ state }) => state === 'completed')
    expect(completed.length).toBeGreaterThanOrEqual(10)
    expect(trials.filter(({ state }) => state === 'pruned')).toHaveLength(30 - completed.length)
    for (const { attempts, curve } of completed) {
      expect(attempts.map(({ end }) => end)).toEqual(['stopped', 'finished'])
      expect(curve.map(([step]) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
    }
    const [pruned] = trials.filter(({ state }) => state === 'pruned')
    expect(pruned?.reason).toMatch(/paused, and the sweep came to its end/)
  })

  it('does not wait for ever with a race that waits for paused trials', async () => {
    const pruner: Pruner = { judge: halving.judge }
    const race: Race = {
      next: ({ history: { configurations, trials } }) => {
        if (configurations.length < 6) return { kind: 'new-configuration', seed: 1 }
        return trials.some(({ state }) => state === 'paused' || state === 'running')
          ? { kind: 'wait' }
          : { kind: 'done' }
      },
    }
    const { snapshot } = await run({ parts: { pruner, race } })
    expect(snapshot.state).toBe('finished')
    expect(snapshot.trials.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'pruned'))
  })

  it('tells samplers and races what is spent, and writes down whom a race gives up', async () => {
    const spent: (number | undefined)[] = []
    const race: Race = {
      next: ({ history, budget, exhausted }) => {
        spent.push(budget?.spent)
        return exhausted || history.configurations.length >= 20
          ? { kind: 'done' }
          : { kind: 'new-configuration', seed: 1 }
      },
      eliminate: ({ history }) =>
        history.trials
          .filter(({ configuration, state, value = 0 }) => {
            return state === 'completed' && value < 0 && history.configurations[configuration]?.eliminated === undefined
          })
          .map(({ configuration }) => ({ configuration, reason: 'It is below 0.' })),
    }
    const { snapshot } = await run({ parts: { race }, slots: 2, spec: specOf({ runCap: 40 }) })
    expect(spent[0]).toBe(0)
    expect(spent.at(-1)).toBeCloseTo(0.5)
    const out = snapshot.configurations.filter(({ eliminated }) => eliminated !== undefined)
    const below = snapshot.trials.filter(({ value = 0 }) => value < 0)
    expect(out.length).toBeGreaterThan(0)
    expect(out.length).toBeLessThanOrEqual(below.length)
  })

  it('counts its hours as a budget, on its own clock', async () => {
    const { snapshot, elapsedMs } = await run({ spec: specOf({ runCap: 1000, budget: { wallMs: 120_000 } }) })
    expect(snapshot.stoppedBy).toBe('budget')
    expect(elapsedMs).toBeGreaterThan(110_000)
    expect(elapsedMs).toBeLessThan(125_000)
    expect(snapshot.search?.time).toBeGreaterThan(0.9)
  })

  it.each(Object.keys(samplers).filter((name) => ['grid', 'random', 'sobol', 'halton'].includes(name)))(
    'gives the same trials on 1 and on 8 slots: %s',
    async (name) => {
      const space: SweepSpec['space'] = {
        ...plain.space,
        parameters: {
          x: { distribution: 'categorical', values: [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1] },
          y: { distribution: 'int_uniform', min: 1, max: 6 },
        },
      }
      const spec = specOf({ sampler: { name, options: {} }, seeds: [1, 2], space, runCap: 40 })
      const trialsOf = async (slots: number) => {
        const { snapshot } = await run({ spec, slots })
        const { configurations, trials } = snapshot
        return trials.map(({ configuration, seed }) => [configuration, seed, configurations[configuration]?.params])
      }
      expect(await trialsOf(8)).toEqual(await trialsOf(1))
    },
  )
})
