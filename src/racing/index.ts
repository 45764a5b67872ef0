import type { Registry } from '../base/registry.ts'
import { allSeeds } from './all-seeds.ts'
import type { Race } from './race.ts'
import { seedRace } from './seed-race.ts'

/** All races by the name that sweep files use. */
export const races = { 'all-seeds': allSeeds, 'seed-race': seedRace } satisfies Registry<Race>
