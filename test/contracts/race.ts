import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/base/registry.ts'
import type { Race } from '../../src/racing/race.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { aHistory, aTrial } from './a-history.ts'

/** Plays a race with a sampler of `configurations` proposals; each trial ends at once with `valueFor`. */
export function play(
  race: Race,
  rules: { readonly seeds: readonly number[]; readonly configurations: number; valueFor(trial: number): number },
): Trial[] {
  const trials: Trial[] = []
  let proposed = 0
  for (let turn = 0; turn < 1000; turn++) {
    const exhausted = proposed >= rules.configurations
    const next = race.next({ seeds: rules.seeds, exhausted, history: aHistory(trials) })
    if (next.kind === 'done') return trials
    expect(next.kind, 'a race may wait only while a trial runs').not.toBe('wait')
    if (next.kind === 'wait') return trials
    if (next.kind === 'new-configuration') expect(exhausted, 'nothing is left to propose').toBe(false)
    const configuration = next.kind === 'seed' ? next.configuration : proposed++
    const number = trials.length
    trials.push(aTrial({ number, configuration, seed: next.seed, state: 'completed', value: rules.valueFor(number) }))
  }
  throw new Error('the race has no end')
}

/** What every race promises. */
export function raceContract(name: string, entry: Entry<Race>): void {
  const race = entry.create({})
  const seeds = [11, 22, 33]

  describe(`the race ${name}`, () => {
    it('ends, gives no configuration the same seed twice and names only given seeds', () => {
      for (const valueFor of [(trial: number) => trial, () => Number.NaN, () => 0]) {
        const trials = play(race, { seeds, configurations: 7, valueFor })
        const pairs = trials.map(({ configuration, seed }) => `${configuration} ${seed}`)
        expect(new Set(pairs).size).toBe(pairs.length)
        expect(seeds).toEqual(expect.arrayContaining(trials.map(({ seed }) => seed)))
      }
    })

    it('is done at once when there is nothing to propose', () => {
      expect(race.next({ seeds, exhausted: true, history: aHistory() })).toEqual({ kind: 'done' })
    })

    it('starts a configuration that a crash left without a trial', () => {
      const history = { ...aHistory(), configurations: [{ number: 0, params: {} }] }
      expect(race.next({ seeds, exhausted: true, history })).toMatchObject({ kind: 'seed', configuration: 0 })
    })

    it('gives the same answer again and changes nothing of what it is given', () => {
      const history = aHistory([aTrial({ seed: 11, value: 1 })])
      const before = structuredClone(history.trials)
      const asked = { seeds, exhausted: false, history }
      expect(race.next(asked)).toEqual(race.next(asked))
      expect(history.trials).toEqual(before)
    })
  })
}
