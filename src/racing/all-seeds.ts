import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { NextTrial, Race, RaceRequest } from './race.ts'

/**
 * Every configuration gets every seed, one after the other, before the next configuration is proposed.
 *
 * Only the newest configuration can lack a seed, so a question costs the same however long the sweep is. This also
 * holds after a crash between a configuration and its first trial: the newest one then simply has none yet. Older ones
 * lack a seed only where a line of the journal was lost, so they are looked through once everything is proposed.
 */
export const allSeeds = entry({
  summary: 'Every configuration gets every seed.',
  options: z.object({}),
  create: (): Race => ({ next: nextOfAllSeeds }),
})

function nextOfAllSeeds({ seeds, exhausted, history }: RaceRequest): NextTrial {
  const newest = history.configurations.at(-1)
  if (newest !== undefined && !newest.lost) {
    const seed = missingSeed(seeds, history, newest.number)
    if (seed !== undefined) return { kind: 'seed', configuration: newest.number, seed }
  }
  const [first] = seeds
  if (!exhausted && first !== undefined) return { kind: 'new-configuration', seed: first }
  return firstGap(seeds, history) ?? { kind: 'done' }
}

function firstGap(seeds: readonly number[], history: RaceRequest['history']): NextTrial | undefined {
  for (const { number, lost } of history.configurations) {
    const seed = lost ? undefined : missingSeed(seeds, history, number)
    if (seed !== undefined) return { kind: 'seed', configuration: number, seed }
  }
  return undefined
}

function missingSeed(
  seeds: readonly number[],
  history: RaceRequest['history'],
  configuration: number,
): number | undefined {
  const had = new Set(history.trialsOf(configuration).map((number) => history.trials[number]?.seed))
  return seeds.find((seed) => !had.has(seed))
}
