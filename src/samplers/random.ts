import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { samplePoint } from '../space/sample.ts'
import type { Sampler } from './sampler.ts'

/** Draws from the distributions as they are written; it learns nothing and never ends by itself. */
export const random = entry({
  summary: 'Draws every parameter from its distribution, independently.',
  options: z.object({}),
  create: (): Sampler => ({
    suggest: ({ space, rng }) => ({ params: samplePoint(space, rng) }),
    total: () => undefined,
  }),
})
