import type { Registry } from '../base/registry.ts'
import { patience } from './patience.ts'
import type { Pruner } from './pruner.ts'
import { threshold } from './threshold.ts'

/** All pruners by the name that sweep files use. */
export const pruners = { patience, threshold } satisfies Registry<Pruner>
