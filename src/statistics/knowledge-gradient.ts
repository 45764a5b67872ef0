import { errorFunction } from 'simple-statistics'

/**
 * Mean of the positive part of a normal variable with this mean and standard deviation: what is gained on average by
 * something that is only taken when it is positive.
 */
export function expectedGain(mean: number, sd: number): number {
  if (!(sd > 0)) return Math.max(0, mean)
  const z = mean / sd
  const density = Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)
  // Further out the two terms cancel each other; this is their asymptotic series.
  if (z < -5) return (sd * density) / (z * z + 3)
  return sd * density + (mean * (1 + errorFunction(z / Math.SQRT2))) / 2
}

/** What is believed of something that may be measured again. */
export interface Measurable {
  readonly mean: number
  /** Of the belief, not of a measurement. */
  readonly variance: number
  /** Measurements that can still be made. */
  readonly left: number
}

/**
 * What measuring it again is worth: how much better the choice gets on average, a measurement, with as many as pay best.
 * One may be too few to change a choice where three would, so the best number of measurements is looked for.
 *
 * @param rival mean of the best other choice
 * @param noise variance of one measurement
 * @returns the gain a measurement, and the number of them that it is highest with
 * @source Frazier and Powell, "Paradoxes in learning and the marginal value of information" (2010): KG(*)
 */
export function worthOfMeasuring(it: Measurable, rival: number, noise: number): { rate: number; measurements: number } {
  let best = { rate: 0, measurements: 0 }
  for (let measurements = 1; measurements <= it.left; measurements++) {
    const moved = it.variance / Math.sqrt(it.variance + noise / measurements)
    const rate = expectedGain(-Math.abs(it.mean - rival), moved) / measurements
    if (rate > best.rate) best = { rate, measurements }
  }
  return best
}
