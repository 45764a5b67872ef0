import { describe, expect, it } from 'vitest'
import { chosen } from '../../src/app/chosen.ts'
import { simulate } from '../../src/app/simulate.ts'
import type { JournalEvent } from '../../src/journal/event.ts'
import { applyEvent, emptyFold } from '../../src/journal/fold.ts'
import type { JournalStep } from '../../src/journal/walk-journal.ts'
import { replay } from '../../src/orchestrator/replay.ts'
import { pruners } from '../../src/pruners/index.ts'
import { races } from '../../src/racing/index.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import { spec as plain } from '../fixtures/a-spec.ts'

const SEED_NOISE = 60

function specOf(parts: Partial<SweepSpec>): SweepSpec {
  const x = Array.from({ length: 40 }, (_, i) => i / 40)
  return {
    ...plain,
    sampler: { name: 'random', options: {} },
    race: { name: 'all-seeds', options: {} },
    space: {
      ...plain.space,
      parameters: {
        x: { distribution: 'categorical', values: x },
        kind: { distribution: 'categorical', values: ['a', 'b'] },
      },
    },
    seeds: [1, 2, 3],
    runCap: 36,
    budget: { wallMs: 4 * 3_600_000 },
    ...parts,
  }
}

/** Trials on several slots, of different lengths, with noise, and one in twenty that crashes. */
async function recorded(spec: SweepSpec): Promise<JournalEvent[]> {
  const events: JournalEvent[] = []
  await simulate({
    spec,
    slots: 5,
    onEvent: (event) => events.push(event),
    outcome: ({ x, kind }, seed) => {
      const worth = Number(x) * (kind === 'b' ? 1 : 0.5)
      const noise = (step: number) => ((seed * 7919 + step * 31) % 17) / SEED_NOISE
      return {
        msPerStep: 60_000 * (1 + Number(x)),
        curve: Array.from({ length: 9 }, (_, i) => [i + 1, worth + noise(i) - 1 / (i + 1)] as const),
        ...(x === 0.5 ? { failsAfter: 2 } : {}),
      }
    },
  })
  return events
}

function* stepsOf(spec: SweepSpec, events: readonly JournalEvent[]): Generator<JournalStep> {
  const fold = emptyFold({ format: 1, id: 'gamma.0', createdAt: 0, provenance: {}, spec })
  for (const [i, event] of events.entries()) {
    yield { line: i + 1, event, before: fold, next: events[i + 1] }
    applyEvent(fold, event)
  }
}

/** @returns places where the same code decides otherwise the second time */
async function differences(parts: Partial<SweepSpec>) {
  const spec = specOf(parts)
  const events = await recorded(spec)
  const pruner = spec.pruner === undefined ? {} : { pruner: chosen(pruners, spec.pruner) }
  const deciders = { sampler: chosen(samplers, spec.sampler), race: chosen(races, spec.race), ...pruner }
  return replay(deciders, stepsOf(spec, events)).differences
}

describe('a replay reproduces every decision', () => {
  it.each(Object.keys(samplers))('of the sampler %s', async (name) => {
    expect(await differences({ sampler: { name, options: {} } })).toEqual([])
  })

  it.each(Object.keys(races))('of the race %s', async (name) => {
    expect(await differences({ race: { name, options: {} } })).toEqual([])
  })

  it.each(Object.keys(pruners))('of the pruner %s', async (name) => {
    expect(await differences({ pruner: { name, options: {} } })).toEqual([])
  })
})
