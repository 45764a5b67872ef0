import { rngFor } from '../../../base/rng.ts'
import { type BulkRandom, bulkRandom } from '../../bulk-random.ts'
import { mul, type Tensor, tensor } from '../../engine/tf.ts'

/** Drops a share of the values and scales the others up, or leaves everything as it is. */
export type Drop = <T extends Tensor>(x: T, rate: number) => T

const keepAll: Drop = (x) => x

/**
 * Masks that follow from one number, so that a layer that is computed again for its gradients drops the same values.
 *
 * @param seed undefined = nothing is dropped
 */
export function dropFrom(seed: number | undefined): Drop {
  if (seed === undefined) return keepAll
  const random = bulkRandom(rngFor(seed, 'dropout masks'))
  return (x, rate) => (rate > 0 ? mul(x, tensor(random.dropoutMask(x.size, rate), x.shape)) : x)
}

/** As many seeds as there are parts that drop values; each is a whole number below 2^32. */
export const seedsFrom = (random: BulkRandom, count: number): number[] =>
  Array.from({ length: count }, () => (random.symmetric() + 1) * 2 ** 31)
