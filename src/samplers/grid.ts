import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { gridSize, nextGridPoint } from '../space/grid.ts'
import type { Sampler } from './sampler.ts'

/** Walks the grid in W&B's order: names sorted, the last one varies fastest. The cursor is the place in the grid. */
export const grid = entry({
  summary: 'Every point of the grid, once, in a fixed order.',
  options: z.object({}),
  create: (): Sampler => ({
    suggest: ({ space, cursor }) => nextGridPoint(space, cursor),
    total: gridSize,
  }),
})
