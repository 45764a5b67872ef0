import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { sobolSequence } from '../statistics/low-discrepancy/sobol.ts'
import { evenPoints } from './even-points.ts'

/**
 * Sobol's sequence with Owen's scrambling, drawn from the sweep's seed; see `statistics/low-discrepancy/sobol.ts` for
 * the papers. It learns nothing, so the order in which trials end changes nothing. Best where the number of
 * configurations is a power of two.
 */
export const sobol = entry({
  summary: "Fills the space evenly with Sobol's sequence, scrambled by the seed of the sweep.",
  options: z.object({}),
  create: () => evenPoints(sobolSequence),
})
