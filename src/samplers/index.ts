import type { Registry } from '../base/registry.ts'
import { grid } from './grid.ts'
import { halton } from './halton.ts'
import { halton, random, sobol } from './random.ts'
import type { Sampler } from './sampler.ts'
import { sobol } from './sobol.ts'

/** All samplers by the name that sweep files use. */
export const samplers = { grid, random, sobol, halton } satisfies Registry<Sampler>
