import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { quantileOptions, quantilePruner } from './percentile.ts'

/** The percentile pruner at 50 per cent; percentile.ts has its source and tells how NaN is taken. */
export const median = entry({
  summary: 'Stops a trial that is worse than the median of the completed ones at the same step.',
  options: z.object(quantileOptions),
  create: (options) => quantilePruner({ ...options, percentile: 50 }),
})
