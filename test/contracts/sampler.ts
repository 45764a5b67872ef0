import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/base/registry.ts'
import { rngFor } from '../../src/base/rng.ts'
import type { Sampler, SuggestRequest } from '../../src/samplers/sampler.ts'
import type { Params } from '../../src/space/domain.ts'
import { leavesOf } from '../../src/space/layout.ts'
import { paramsKey } from '../../src/space/params-key.ts'
import { samplePoint } from '../../src/space/sample.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { type History, historyOf } from '../../src/trial/history.ts'
import type { Goal } from '../../src/trial/sweep-spec.ts'
import type { Configuration, Trial } from '../../src/trial/trial.ts'
import { spec } from '../fixtures/a-spec.ts'
import { aTrial } from './a-history.ts'
import { every, finite, problemsOf, ruled } from './sampler-spaces.ts'

/** A number for any params, so that samplers have something to learn. */
function lossOf(space: SearchSpace, params: Params): number {
  const text = leavesOf(space).map(({ path }) => path)
  return Object.entries(params).reduce((sum, [name, value]) => {
    const place = text.indexOf(name) + 1
    return sum + (typeof value === 'number' ? Math.atan(value - place / 4) ** 2 : JSON.stringify(value).length / 9)
  }, 0)
}

interface Begun {
  readonly configurations: Configuration[]
  readonly trials: Trial[]
}

function viewOf({ configurations, trials }: Begun, goal: Goal = 'minimize'): History {
  return historyOf({ spec: { ...spec, metric: { name: 'f1', goal, value: 'last' } }, configurations, trials })
}

interface Asked {
  readonly space: SearchSpace
  readonly history: History
  readonly cursor?: number | undefined
  readonly configuration?: number
  readonly repeat?: number
  readonly sweepSeed?: number
}

function request(asked: Asked): SuggestRequest {
  const { space, history, cursor, sweepSeed = 1, repeat = 0 } = asked
  const configuration = asked.configuration ?? history.configurations.length
  const name = repeat === 0 ? [configuration] : [configuration, repeat]
  return { space, configuration, cursor, history, rng: rngFor(sweepSeed, 'sampler', ...name), sweepSeed }
}

/** What each trial comes to; the default is completed with its loss. */
type Outcome = (params: Params, configuration: number) => Partial<Trial>

interface Played extends Begun {
  /** How often the sampler proposed what was there already. */
  readonly repeats: number
}

interface Rules {
  /** Configurations in all. */
  readonly n: number
  /** So many of them, the last ones, are proposed by the sampler; those before are drawn at random. @default all */
  readonly own?: number
  readonly outcome?: Outcome
  readonly goal?: Goal
}

/** Asks for configurations, one after the other, as the loop does. */
function playOut(sampler: Sampler, space: SearchSpace, rules: Rules): Played {
  const begun: Begun = { configurations: [], trials: [] }
  const history = viewOf(begun, rules.goal)
  const keys = new Set<string>()
  for (let i = 0; begun.configurations.length < rules.n - (rules.own ?? rules.n); i++) {
    const params = samplePoint(space, rngFor(9, 'drawn', i))
    if (keys.has(paramsKey(params))) continue
    keys.add(paramsKey(params))
    add(begun, params, space, rules.outcome)
  }
  let cursor: number | undefined
  let repeats = 0
  while (begun.configurations.length < rules.n && repeats < 200) {
    const suggestion = sampler.suggest(request({ space, history, cursor, repeat: repeats }))
    if (suggestion === undefined) break
    cursor = suggestion.cursor
    if (keys.has(paramsKey(suggestion.params))) {
      repeats++
      continue
    }
    keys.add(paramsKey(suggestion.params))
    add(begun, suggestion.params, space, rules.outcome)
  }
  return { ...begun, repeats }
}

function add({ configurations, trials }: Begun, params: Params, space: SearchSpace, outcome?: Outcome): void {
  const number = configurations.length
  configurations.push({ number, params })
  const value = lossOf(space, params)
  trials.push(aTrial({ number, state: 'completed', value, ...outcome?.(params, number) }))
}

const OTHERS: readonly (readonly [string, Outcome])[] = [
  ['is all NaN', () => ({ value: Number.NaN })],
  [
    'has NaN and infinities in it',
    (_, i) => (i % 3 === 0 ? {} : { value: [Number.NaN, -1 / 0, 1 / 0][i % 4] ?? 1e300 }),
  ],
  ['has one value for all', () => ({ value: 1 })],
  ['is of failures only', () => ({ state: 'failed' as const, value: undefined as never })],
  ['is of pruned trials only', () => ({ state: 'pruned' as const, value: undefined as never, curve: [[1, 2]] })],
  ['is of running trials only', () => ({ state: 'running' as const, value: undefined as never })],
]

/** What a sampler is like, for the suite. */
interface Kind {
  /** It refuses spaces without end, so it is asked about finite ones. */
  readonly finiteOnly: boolean
  /** A proposal takes it so long that it is asked for a sixth as many; the rest of a history is drawn at random. */
  readonly slow: boolean
}

/** What every sampler promises. */
export function samplerContract(name: string, entry: Entry<Sampler>, options: Kind): void {
  const space = options.finiteOnly ? finite : every
  const made = () => entry.create({})
  const own = (n: number) => (options.slow ? Math.ceil(n / 6) : n)
  const values = ({ configurations }: Begun) => configurations.map(({ params }) => params)

  describe(`the sampler ${name}`, () => {
    it('stays inside the space, every distribution, logarithms and steps included, and proposes nothing twice', () => {
      const { configurations, repeats } = playOut(made(), space, { n: 60, own: own(60) })
      expect(configurations.length).toBe(60)
      expect(repeats).toBe(0)
      expect(configurations.flatMap(({ params }) => problemsOf(space, params))).toEqual([])
    })

    it('keeps to conditions, constraints, zips and nested groups', () => {
      const { configurations } = playOut(made(), ruled, { n: 40, own: own(25) })
      expect(configurations.length).toBe(40)
      expect(configurations.flatMap(({ params }) => problemsOf(ruled, params))).toEqual([])
    })

    it('finds all points of a small space', () => {
      const small: SearchSpace = {
        parameters: {
          a: { distribution: 'int_uniform', min: 1, max: 3 },
          b: { distribution: 'categorical', values: ['x', 'y'] },
        },
        conditions: [],
        zipped: [],
        constraints: [],
      }
      expect(playOut(made(), small, { n: 6 }).configurations.length).toBe(6)
    })

    it('gives the same answer to the same request, whatever it was asked before', () => {
      const history = viewOf(playOut(made(), space, { n: 25, own: own(3) }))
      const sampler = made()
      const first = sampler.suggest(request({ space, history }))
      sampler.suggest(request({ space, history, configuration: 40 }))
      sampler.suggest(request({ space, history: viewOf({ configurations: [], trials: [] }) }))
      expect(sampler.suggest(request({ space, history }))).toEqual(first)
      // A resumed sweep has other objects with the same in them.
      const again = structuredClone({ configurations: history.configurations, trials: history.trials }) as Begun
      expect(made().suggest(request({ space, history: viewOf(again) }))).toEqual(first)
    })

    it('gives the same search for the same seed', () => {
      expect(values(playOut(made(), space, { n: 25, own: own(8) }))).toEqual(
        values(playOut(made(), space, { n: 25, own: own(8) })),
      )
    })

    it('mirrors its answers when the direction and the values are mirrored', () => {
      const outcome: Outcome = (params) => ({ value: -lossOf(ruled, params) })
      const up = playOut(made(), ruled, { n: 35, own: own(8), outcome, goal: 'maximize' })
      expect(values(up)).toEqual(values(playOut(made(), ruled, { n: 35, own: own(8) })))
    })

    it.each(OTHERS)('copes with a history that %s', (_, outcome) => {
      const { configurations } = playOut(made(), space, { n: 30, own: own(6), outcome })
      expect(configurations.length).toBe(30)
      expect(configurations.flatMap(({ params }) => problemsOf(space, params))).toEqual([])
    })

    it('copes with a history of one trial, and with params that are not of the space', () => {
      const one: Begun = { configurations: [], trials: [] }
      add(one, { stranger: 1 }, space)
      const { params } = made().suggest(request({ space, history: viewOf(one) })) ?? { params: {} }
      expect(problemsOf(space, params)).toEqual([])
    })

    it('does not learn from failed trials, whatever they reported', () => {
      const failed = (value: number): Outcome => {
        const report = { curve: [[1, value]] as const, metrics: { f1: value } }
        return (_, i) => (i % 3 === 1 ? { state: 'failed', value: undefined as never, ...report } : {})
      }
      const low = playOut(made(), space, { n: 30, own: own(6), outcome: failed(-1e9) })
      const high = playOut(made(), space, { n: 30, own: own(6), outcome: failed(1e9) })
      expect(values(low)).toEqual(values(high))
    })

    it('goes on while trials run, and proposes nothing that is running', () => {
      const outcome: Outcome = (_, i) => (i >= 22 ? { state: 'running', value: undefined as never } : {})
      expect(playOut(made(), space, { n: 30, own: own(6), outcome }).configurations.length).toBe(30)
    })

    it('takes trials of several seeds as one configuration', () => {
      const begun = playOut(made(), space, { n: 20, own: own(1) })
      for (const { number, params } of [...begun.configurations]) {
        const extra = {
          number: begun.trials.length,
          configuration: number,
          seed: 2,
          value: lossOf(space, params) + 0.01,
        }
        begun.trials.push(aTrial(extra))
      }
      const { params } = made().suggest(request({ space, history: viewOf(begun), cursor: 20 })) ?? { params: {} }
      expect(problemsOf(space, params)).toEqual([])
    })

    it('changes nothing of what it is given', () => {
      const begun = playOut(made(), space, { n: 20, own: own(1) })
      const asked = request({ space, history: viewOf(begun) })
      const before = structuredClone({ space, ...begun })
      made().suggest(asked)
      expect({ space, ...begun }).toEqual(before)
    })

    it('knows how many configurations it will propose, or says that there is no end', () => {
      const total = made().total(space)
      if (total !== undefined) expect(total).toBeGreaterThan(0)
    })

    it('says in one sentence what it will do, if it says anything', () => {
      const said = made().explain?.(space, { trials: 100, parallel: 2, seeds: 3 })
      if (said !== undefined) expect(said).toMatch(/\.$/)
    })
  })
}
