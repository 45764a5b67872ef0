import { z } from 'zod'
import { BugError } from '../base/errors.ts'
import { entry } from '../base/registry.ts'
import type { Sampler } from './sampler.ts'

export const random = entry({
  summary: 'Draws every parameter from its distribution, independently.',
  options: z.object({}),
  create: (): Sampler => {
    throw new BugError('The random sampler waits for space/.')
  },
})
