import { describe, expect, it } from 'vitest'
import { gridSpec, runLoop } from './a-loop.ts'

const byNumber = { text: 'The longest trials run first.', typicalMs: (configuration: number) => 10 * configuration }

describe('the longest trials first', () => {
  it('changes the order of the starts and nothing else: numbers, params and seeds are the same', async () => {
    const spec = gridSpec(6, { seeds: [1, 2] })
    const plain = await runLoop({ spec, objective: ({ params }) => Number(params.x), parallel: 1 })
    const sorted = await runLoop({
      spec,
      objective: ({ params }) => Number(params.x),
      parallel: 1,
      parts: { longestFirst: byNumber },
    })
    const starts = ({ events }: typeof plain) =>
      events.flatMap((it) => (it.type === 'attempt-started' ? [it.trial] : []))
    const told = ({ snapshot }: typeof plain) =>
      snapshot.trials.map(({ configuration, seed, value, state }) => ({ configuration, seed, value, state }))
    expect(starts(plain)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(starts(sorted)).toEqual([10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1])
    expect(told(sorted)).toEqual(told(plain))
    expect(sorted.snapshot.configurations).toEqual(plain.snapshot.configurations)
    expect(sorted.snapshot.notes.map(({ text }) => text)).toEqual(['The longest trials run first.'])
  })

  it('ends a sweep sooner whose longest trials come last in the grid', async () => {
    const spec = gridSpec(5)
    const objective = async ({ params }: { readonly params: Readonly<Record<string, unknown>> }) => {
      await new Promise((resolve) => setTimeout(resolve, params.x === 4 ? 400 : 100))
      return 1
    }
    const took = async (parts: object) => {
      const since = performance.now()
      await runLoop({ spec, objective, parallel: 2, parts })
      return performance.now() - since
    }
    expect((await took({})) - (await took({ longestFirst: byNumber }))).toBeGreaterThan(100)
  })
})
