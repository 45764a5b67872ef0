import { z } from 'zod'
import { BugError } from '../base/errors.ts'
import { entry } from '../base/registry.ts'
import type { Sampler } from './sampler.ts'

export const grid = entry({
  summary: 'Every point of the grid, once, in a fixed order.',
  options: z.object({}),
  create: (): Sampler => {
    throw new BugError('The grid sampler waits for space/.')
  },
})
