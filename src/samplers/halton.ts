import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { haltonSequence } from '../statistics/low-discrepancy/halton.ts'
import { evenPoints } from './even-points.ts'

/**
 * Halton's sequence with shuffled digits, drawn from the sweep's seed; see `statistics/low-discrepancy/halton.ts` for
 * the papers. It learns nothing, so the order in which trials end changes nothing. Any number of configurations is as
 * good as any other; above about ten parameters `sobol` is evener.
 */
export const halton = entry({
  summary: "Fills the space evenly with Halton's sequence, its digits shuffled by the seed of the sweep.",
  options: z.object({}),
  create: () => evenPoints(haltonSequence),
})
