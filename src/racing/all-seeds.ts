import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { NextTrial, Race, RaceRequest } from './race.ts'

/**
 * Every configuration gets every seed, one after the other, before the next configuration is proposed.
 *
 * Only the newest configuration can lack a seed, so a question costs the same however long the sweep is. This also
 * holds after a crash between a configuration and its first trial: the newest one then simply has none yet.
 */
export const allSeeds = entry({
  summary: 'Every configuration gets every seed.',
  options: z.object({}),
  create: (): Race => ({ next: nextOfAllSeeds }),
})

function nextOfAllSeeds({ seeds, exhausted, history }: RaceRequest): NextTrial {
  const newest = history.configurations.length - 1
  if (newest >= 0) {
    const seed = missingSeed(seeds, history, newest)
    if (seed !== undefined) return { kind: 'seed', configuration: newest, seed }
  }
  const [first] = seeds
  return exhausted || first === undefined ? { kind: 'done' } : { kind: 'new-configuration', seed: first }
}

function missingSeed(
  seeds: readonly number[],
  history: RaceRequest['history'],
  configuration: number,
): number | undefined {
  const had = new Set(history.trialsOf(configuration).map((number) => history.trials[number]?.seed))
  return seeds.find((seed) => !had.has(seed))
}
