import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/base/registry.ts'
import { rngFor } from '../../src/base/rng.ts'
import type { Sampler, SuggestRequest } from '../../src/samplers/sampler.ts'
import type { Domain, Params } from '../../src/space/domain.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { aHistory, aTrial } from './a-history.ts'

/** Domains that every sampler copes with. */
const DISCRETE: Readonly<Record<string, Domain>> = {
  choice: { distribution: 'categorical', values: ['a', 'b', null, true] },
  fixed: { distribution: 'constant', value: 7 },
  whole: { distribution: 'int_uniform', min: -2, max: 3 },
}

/** Domains without end, with the bounds of their values. */
const CONTINUOUS: Readonly<Record<string, { readonly domain: Domain; readonly low: number; readonly high: number }>> = {
  plain: { domain: { distribution: 'uniform', min: -1, max: 2 }, low: -1, high: 2 },
  rate: { domain: { distribution: 'log_uniform_values', min: 1e-5, max: 0.1 }, low: 1e-5, high: 0.1 },
  exponents: { domain: { distribution: 'log_uniform', min: -3, max: 0 }, low: Math.exp(-3), high: 1 },
}

const discrete: SearchSpace = { parameters: DISCRETE, conditions: [], zipped: [], constraints: [] }
const mixed: SearchSpace = {
  ...discrete,
  parameters: {
    ...DISCRETE,
    ...Object.fromEntries(Object.entries(CONTINUOUS).map(([name, { domain }]) => [name, domain])),
  },
}

function request(space: SearchSpace, configuration: number, trials: readonly Trial[] = []): SuggestRequest {
  const history = aHistory(trials)
  return { space, configuration, cursor: undefined, history, rng: rngFor(1, 'sampler', configuration), sweepSeed: 1 }
}

function expectInside(params: Params): void {
  for (const [name, value] of Object.entries(params)) {
    const continuous = CONTINUOUS[name]
    const domain = DISCRETE[name]
    if (continuous !== undefined) {
      expect(value).toBeGreaterThanOrEqual(continuous.low * (1 - 1e-12))
      expect(value).toBeLessThanOrEqual(continuous.high * (1 + 1e-12))
    } else if (domain?.distribution === 'categorical') expect(domain.values).toContain(value)
    else if (domain?.distribution === 'int_uniform') expect([-2, -1, 0, 1, 2, 3]).toContain(value)
    else expect(value).toBe(7)
  }
}

/** What every sampler promises. `grid` = it refuses spaces without end, so it is asked about a finite one. */
export function samplerContract(name: string, entry: Entry<Sampler>, options: { readonly finiteOnly: boolean }): void {
  const space = options.finiteOnly ? discrete : mixed
  const sampler = entry.create({})

  describe(`the sampler ${name}`, () => {
    it('stays inside the space, also where the scale is logarithmic', () => {
      let cursor: number | undefined
      for (let i = 0; i < 60; i++) {
        const suggestion = sampler.suggest({ ...request(space, i), cursor })
        if (suggestion === undefined) break
        expect(Object.keys(suggestion.params).sort()).toEqual(Object.keys(space.parameters).sort())
        expectInside(suggestion.params)
        cursor = suggestion.cursor
      }
    })

    it('gives the same answer to the same request, whatever it was asked before', () => {
      const first = sampler.suggest(request(space, 3))
      sampler.suggest(request(space, 4))
      expect(sampler.suggest(request(space, 3))).toEqual(first)
      expect(entry.create({}).suggest(request(space, 3))).toEqual(first)
    })

    it.each([
      ['empty', []],
      ['of one trial', [aTrial({ state: 'completed', value: 1 })]],
      [
        'of NaN and infinities',
        [Number.NaN, Number.POSITIVE_INFINITY].map((value, number) => aTrial({ number, value })),
      ],
      ['of failures only', [aTrial({ state: 'failed' })]],
    ])('copes with a history that is %s', (_, trials) => {
      expect(sampler.suggest(request(space, trials.length, trials))).toBeDefined()
    })

    it('changes nothing of what it is given', () => {
      const asked = request(space, 1, [aTrial({ state: 'completed', value: 1 })])
      const before = structuredClone({ space: asked.space, trials: asked.history.trials })
      sampler.suggest(asked)
      expect({ space: asked.space, trials: asked.history.trials }).toEqual(before)
    })

    it('knows how many configurations it will propose, or says that there is no end', () => {
      const total = sampler.total(space)
      if (total !== undefined) expect(total).toBeGreaterThan(0)
    })
  })
}
