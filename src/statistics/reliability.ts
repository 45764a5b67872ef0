// Key: N rows, C classes, K bins.
import { argmaxRows } from './classification.ts'
import type { Judged } from './temperature.ts'

/** Rows whose confidence lies between two values: how sure the model was of the class it named, and how often right. */
export interface ReliabilityBin {
  /** Bounds of the confidence; the upper one belongs to the next bin, but in the last. */
  readonly from: number
  readonly to: number
  readonly rows: number
  /** Means over the rows; NaN without rows. */
  readonly confidence: number
  readonly accuracy: number
}

/** The rows and, where it is not simply the most probable one, the class that is named for each. */
export interface JudgedNames extends Judged {
  /** N; the most probable class when absent */
  readonly named_N?: ArrayLike<number>
}

const BINS = 10

/**
 * Sorts labelled rows by the probability of the class that was named into bins of equal width. Equal width and not
 * equal mass: such bins stay where they are, so that before and after, and one trial and the next, can be compared.
 *
 * @source Guo et al., "On calibration of modern neural networks" (ICML 2017), section 2, eq. 1-2
 */
export function reliabilityBins(judged: JudgedNames, bins = BINS): ReliabilityBin[] {
  const { probabilities_NC, labels_N, classes } = judged
  const named_N = judged.named_N ?? argmaxRows(probabilities_NC, classes)
  const rows_K = new Int32Array(bins)
  const hits_K = new Int32Array(bins)
  const sure_K = new Float64Array(bins)
  for (let n = 0; n < labels_N.length; n++) {
    const label = labels_N[n] as number
    if (label < 0) continue
    const named = named_N[n] as number
    const confidence = probabilities_NC[n * classes + named] as number
    const bin = Math.min(bins - 1, Math.floor(confidence * bins))
    rows_K[bin] = (rows_K[bin] as number) + 1
    hits_K[bin] = (hits_K[bin] as number) + (named === label ? 1 : 0)
    sure_K[bin] = (sure_K[bin] as number) + confidence
  }
  return Array.from(rows_K, (rows, k) => ({
    from: k / bins,
    to: (k + 1) / bins,
    rows,
    confidence: (sure_K[k] as number) / rows,
    accuracy: (hits_K[k] as number) / rows,
  }))
}

/**
 * Expected calibration error: how far confidence is from accuracy, averaged over the bins by their rows.
 * In [0, 1], lower is better; NaN without rows.
 *
 * @source Guo et al. 2017, eq. 3; after Naeini et al., "Obtaining well calibrated probabilities using Bayesian
 *   binning" (AAAI 2015), eq. 1
 */
export function calibrationError(judged: JudgedNames, bins = BINS): number {
  const filled = reliabilityBins(judged, bins).filter(({ rows }) => rows > 0)
  const all = filled.reduce((sum, { rows }) => sum + rows, 0)
  return filled.reduce((sum, { rows, confidence, accuracy }) => sum + rows * Math.abs(confidence - accuracy), 0) / all
}
