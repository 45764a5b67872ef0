import { describe, expect, expectTypeOf, it } from 'vitest'
import { openSearch, type SearchState, simulateSweep, UserError } from '../../src/library/index.ts'

const definition = {
  parameters: { x: { min: 0.0, max: 1.5 }, kind: { values: ['a', 'b'] } },
  metric: { name: 'loss', goal: 'minimize' },
  seeds: 2,
  run_cap: 20,
} as const

const lossOf = ({ x, kind }: { readonly x: number; readonly kind: 'a' | 'b' }, seed: number) =>
  (x - 0.4) ** 2 + (kind === 'b' ? 0.5 : 0) + seed / 1000

/** Runs a search to its end; `after` each trial its state goes through JSON, as between two programs. */
async function played(restarts: boolean) {
  let search = await openSearch(definition)
  const params: object[] = []
  for (let trial = search.ask(); trial !== undefined; trial = search.ask()) {
    expectTypeOf(trial.params.kind).toEqualTypeOf<'a' | 'b'>()
    params.push({ ...trial.params, seed: trial.seed })
    search.tell(trial.trial, lossOf(trial.params, trial.seed))
    const state = JSON.parse(JSON.stringify(search.state())) as SearchState
    if (restarts) search = await openSearch(definition, { state })
  }
  return { search, params }
}

describe('openSearch', () => {
  it('asks for trials, hears their values and knows the best configuration over its seeds', async () => {
    const { search, params } = await played(false)
    expect(params).toHaveLength(20)
    expect(search.done).toBe(true)
    expect(search.ranking()).toHaveLength(10)
    const best = search.best()
    expectTypeOf(best?.params.x).toEqualTypeOf<number | undefined>()
    expect(best?.seeds).toBe(2)
    expect(best?.params.kind).toBe('a')
  })

  it('goes on from its state with the same trials', async () => {
    expect((await played(true)).params).toEqual((await played(false)).params)
  })

  it('hands several trials out at a time, and tells a later program which of them nobody has told', async () => {
    const search = await openSearch(definition)
    const [first, second] = [search.ask(), search.ask()]
    search.tell(first?.trial ?? -1, { failed: 'no such file' })
    expect(search.snapshot.trials[0]).toMatchObject({ state: 'failed', reason: 'no such file' })
    const later = await openSearch(definition, { state: search.state() })
    expect(later.open).toEqual([second])
    expect(later.done).toBe(false)
  })

  it('ends a trial by the verdict on what it reports', async () => {
    const search = await openSearch({ ...definition, pruner: { name: 'patience', reports: 2 } })
    const asked = search.ask()
    const actions = [1, 2, 3].map((value, i) => search.report(asked?.trial ?? -1, i + 1, value).action)
    expect(actions).toEqual(['continue', 'continue', 'stop'])
    search.tell(asked?.trial ?? -1, 0)
    expect(search.snapshot.trials[0]).toMatchObject({
      state: 'pruned',
      curve: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    })
  })

  it('keeps what is no number through its state, and fails a trial that is told without the metric', async () => {
    const search = await openSearch(definition)
    const [first, second] = [search.ask(), search.ask()]
    search.tell(first?.trial ?? -1, Number.NaN)
    search.tell(second?.trial ?? -1, { accuracy: 1 })
    const state = JSON.parse(JSON.stringify(search.state())) as SearchState
    const [nan, other] = (await openSearch(definition, { state })).snapshot.trials
    expect(nan).toMatchObject({ state: 'completed', value: Number.NaN })
    expect(other).toMatchObject({ state: 'failed', reason: expect.stringContaining('"loss"') })
  })

  it('refuses a state that is none', async () => {
    const search = await openSearch(definition)
    const state = { ...search.state(), format: 99 }
    await expect(openSearch(definition, { state })).rejects.toThrow(UserError)
  })
})

describe('simulateSweep', () => {
  it('plays a night on a table of curves', async () => {
    const { best, snapshot, elapsedMs } = await simulateSweep({
      ...definition,
      slots: 4,
      outcome: (params, seed) => {
        expectTypeOf(params.kind).toEqualTypeOf<'a' | 'b'>()
        const loss = lossOf(params, seed)
        return {
          msPerStep: 60_000,
          curve: [
            [1, loss + 1],
            [2, loss + 0.1],
            [3, loss],
          ],
        }
      },
    })
    expect(snapshot.trials).toHaveLength(20)
    expect(elapsedMs).toBe((20 / 4) * 3 * 60_000)
    expect(best?.params.kind).toBe('a')
  })
})
