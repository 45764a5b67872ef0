import { describe, expect, it } from 'vitest'
import { simulate } from '../../src/app/simulate.ts'
import type { JournalEvent } from '../../src/journal/event.ts'
import { applyEvent, emptyFold } from '../../src/journal/fold.ts'
import { type JournalStep, walkJournal } from '../../src/journal/walk-journal.ts'
import { replay } from '../../src/orchestrator/replay.ts'
import type { SweepParts } from '../../src/orchestrator/sweep-loop.ts'
import type { Pruner } from '../../src/pruners/pruner.ts'
import { races } from '../../src/racing/index.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import { spec as plain } from '../fixtures/a-spec.ts'
import { gridSpec, runLoop } from './a-loop.ts'

type Deciders = Pick<SweepParts, 'sampler' | 'pruner' | 'race'>

const spec: SweepSpec = {
  ...plain,
  sampler: { name: 'random', options: {} },
  space: { ...plain.space, parameters: { x: { distribution: 'uniform', min: 0, max: 1 } } },
  runCap: 40,
  budget: { wallMs: 3_600_000 },
}

const worthAt = (step: number) => (trial: { readonly curve: readonly (readonly [number, number])[] }) =>
  trial.curve[step - 1]?.[1] ?? Number.NEGATIVE_INFINITY

/** Pauses at step 2 who is not among the best half there; who is later among them goes on. */
function pausing(share: number): Pruner {
  const best = (trials: Parameters<NonNullable<Pruner['promote']>>[0]['trials']) =>
    trials
      .filter(({ curve }) => curve.length >= 2)
      .sort((a, b) => worthAt(2)(b) - worthAt(2)(a))
      .slice(0, Math.max(1, Math.floor(share * trials.filter(({ curve }) => curve.length >= 2).length)))
  return {
    judge: (trial, { trials }) =>
      trial.curve.length === 2 && !best(trials).some(({ number }) => number === trial.number)
        ? { action: 'pause', reason: 'Others are better at step 2.' }
        : { action: 'continue' },
    promote({ trials }) {
      const one = best(trials).find(({ state }) => state === 'paused')
      return one === undefined ? undefined : { trial: one.number, reason: 'Better than half at step 2.' }
    },
  }
}

/** Gives up whose value is the worst of at least five. */
const dropping: SweepParts['race'] = {
  next: races['all-seeds'].create({}).next,
  eliminate({ history: { trials, configurations } }) {
    const done = trials.filter(({ state }) => state === 'completed').sort((a, b) => (a.value ?? 0) - (b.value ?? 0))
    const [worst] = done.length < 5 ? [] : done
    if (worst === undefined || configurations[worst.configuration]?.eliminated !== undefined) return []
    return [{ configuration: worst.configuration, reason: 'It is the worst so far.' }]
  },
}

async function recorded(deciders: Deciders): Promise<JournalEvent[]> {
  const events: JournalEvent[] = []
  await simulate({
    spec,
    slots: 5,
    parts: deciders,
    onEvent: (event) => events.push(event),
    outcome: (params, seed) => ({
      msPerStep: 1000 * (1 + Number(params.x)),
      curve: Array.from({ length: 5 }, (_, i) => [i + 1, Number(params.x) + (((seed + i) * 7919) % 13) / 50] as const),
    }),
  })
  return events
}

function* stepsOf(events: readonly JournalEvent[]): Generator<JournalStep> {
  const fold = emptyFold({ format: 1, id: 'gamma.0', createdAt: 0, provenance: {}, spec })
  for (const [i, event] of events.entries()) {
    yield { line: i + 1, event, before: fold, next: events[i + 1] }
    applyEvent(fold, event)
  }
}

describe('a replay', () => {
  const sampler = samplers.random.create({})

  it('reproduces every suggestion, seed, elimination, verdict and promotion', async () => {
    const deciders = { sampler, race: dropping, pruner: pausing(0.5) }
    const { decisions, differences, early } = replay(deciders, stepsOf(await recorded(deciders)))
    expect(differences).toEqual([])
    expect(early).toBe(false)
    expect(decisions.configuration).toBe(20)
    expect(decisions.seed).toBe(40)
    for (const kind of ['elimination', 'verdict', 'promotion'] as const) expect(decisions[kind]).toBeGreaterThan(0)
  })

  it('shows where another pruner, sampler or race would decide otherwise, and nothing that follows from it', async () => {
    const deciders = { sampler, race: dropping, pruner: pausing(0.5) }
    const events = await recorded(deciders)
    const kinds = (changed: Partial<Deciders>) => {
      const { differences } = replay({ ...deciders, ...changed }, stepsOf(events))
      return [...new Set(differences.map(({ kind }) => kind))]
    }
    expect(kinds({ pruner: pausing(0.1) })).toEqual(expect.arrayContaining(['verdict']))
    expect(kinds({ sampler: { ...sampler, suggest: () => ({ params: { x: 0.5 } }) } })).toEqual(['configuration'])
    expect(kinds({ race: { next: dropping.next } })).toEqual(['elimination'])
  })

  it('reads a journal from the disk, also one that was resumed', async () => {
    const stop = new AbortController()
    const first = await runLoop({
      spec: gridSpec(6, { seeds: [1, 2] }),
      objective: async ({ params }) => {
        if (params.x === 2) stop.abort()
        return Number(params.x)
      },
      parts: { signal: stop.signal },
    })
    expect(first.snapshot.state).toBe('stopped')
    const { dir } = await runLoop({
      spec: first.snapshot.spec,
      dir: first.dir,
      objective: ({ params }) => Number(params.x),
    })
    const deciders = { sampler: samplers.grid.create({}), race: races['all-seeds'].create({}) }
    const { decisions, differences } = replay(deciders, walkJournal(dir))
    expect(differences).toEqual([])
    expect(decisions).toMatchObject({ configuration: 7, seed: 12, end: 1 })
  })
})
