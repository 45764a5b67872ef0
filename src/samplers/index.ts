import type { Registry } from '../base/registry.ts'
import { grid } from './grid.ts'
import { halton } from './halton.ts'
import { random } from './random.ts'
import type { Sampler } from './sampler.ts'
import { sobol } from './sobol.ts'

/** All samplers by the name that sweep files use. */
export const samplers = { grid, random, sobol, halton } satisfies Registry<Sampler>
