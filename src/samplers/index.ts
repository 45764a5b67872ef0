import type { Registry } from '../base/registry.ts'
import { auto } from './auto.ts'
import { cmaEs } from './cma-es.ts'
import { evolutionary } from './evolutionary.ts'
import { gp } from './gp.ts'
import { grid } from './grid.ts'
import { halton } from './halton.ts'
import { random } from './random.ts'
import type { Sampler } from './sampler.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

/** All samplers by the name that sweep files use. */
export const samplers = {
  auto,
  grid,
  random,
  sobol,
  halton,
  tpe,
  gp,
  'cma-es': cmaEs,
  evolutionary,
} satisfies Registry<Sampler>
