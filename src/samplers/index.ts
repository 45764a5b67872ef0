import type { Registry } from '../base/registry.ts'
import { grid } from './grid.ts'
import { random } from './random.ts'
import type { Sampler } from './sampler.ts'

/** All samplers by the name that sweep files use. */
export const samplers = { grid, random } satisfies Registry<Sampler>
