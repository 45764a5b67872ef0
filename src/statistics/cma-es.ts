// Key: D dimensions, N members of a generation. Symbols (m, sigma, C, p_sigma, p_c) are those of the paper.
import { type Eigen, symmetricEigen } from './symmetric-eigen.ts'

/** A normal distribution that a search moves. Plain data; never changed, each generation makes another. */
export interface CmaState {
  readonly mean_D: readonly number[]
  readonly sigma: number
  readonly covariance_DD: readonly (readonly number[])[]
  readonly eigen: Eigen
  readonly pathSigma_D: readonly number[]
  readonly pathC_D: readonly number[]
  readonly generation: number
}

/** A point that was tried: (x - mean) / sigma, and how bad it was; smaller is better. */
export interface CmaMember {
  readonly y_D: readonly number[]
  readonly loss: number
}

/** @source section "default parameters" of the paper, table 1 */
export const defaultPopulation = (dimensions: number) => 4 + Math.floor(3 * Math.log(Math.max(1, dimensions)))

export function cmaStart(mean_D: readonly number[], sigma: number): CmaState {
  const zeros = mean_D.map(() => 0)
  const covariance_DD = mean_D.map((_, i) => mean_D.map((_, j) => (i === j ? 1 : 0)))
  return {
    mean_D,
    sigma,
    covariance_DD,
    eigen: symmetricEigen(covariance_DD),
    pathSigma_D: zeros,
    pathC_D: zeros,
    generation: 0,
  }
}

/** y of a sample: B D z, with covariance C for standard normal z. */
export function coloured({ eigen }: CmaState, z_D: readonly number[]): number[] {
  const scaled = z_D.map((z, j) => z * Math.sqrt(Math.max(0, eigen.values_D[j] as number)))
  return eigen.vectors_DD.map((row) => row.reduce((sum, b, j) => sum + b * (scaled[j] as number), 0))
}

/** B D^-1 B^T y: what C made of a sphere, a sphere again. */
function whitened({ eigen }: CmaState, y_D: readonly number[]): number[] {
  const inner = eigen.values_D.map((value, j) => {
    const along = eigen.vectors_DD.reduce((sum, row, i) => sum + (row[j] as number) * (y_D[i] as number), 0)
    return along / Math.sqrt(Math.max(1e-20, value))
  })
  return eigen.vectors_DD.map((row) => row.reduce((sum, b, j) => sum + b * (inner[j] as number), 0))
}

interface Rates {
  readonly weights_N: readonly number[]
  readonly muEff: number
  readonly cSigma: number
  readonly dSigma: number
  readonly cC: number
  readonly c1: number
  readonly cMu: number
}

/** Table 1 of the paper; the worse half has negative weights. */
function ratesOf(n: number, d: number): Rates {
  const raw = Array.from({ length: n }, (_, i) => Math.log((n + 1) / 2) - Math.log(i + 1))
  const positive = raw.filter((w) => w > 0)
  const negative = raw.filter((w) => w <= 0)
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)
  const effective = (list: readonly number[]) => sum(list) ** 2 / Math.max(1e-300, sum(list.map((w) => w * w)))
  const muEff = effective(positive)
  const cC = (4 + muEff / d) / (d + 4 + (2 * muEff) / d)
  const cSigma = (muEff + 2) / (d + muEff + 5)
  const c1 = 2 / ((d + 1.3) ** 2 + muEff)
  const cMu = Math.min(1 - c1, (2 * (0.25 + muEff + 1 / muEff - 2)) / ((d + 2) ** 2 + muEff))
  const alpha = Math.min(1 + c1 / cMu, 1 + (2 * effective(negative)) / (muEff + 2), (1 - c1 - cMu) / (d * cMu))
  const weights_N = raw.map((w) =>
    w > 0 ? w / sum(positive) : negative.length > 1 ? (alpha * w) / Math.abs(sum(negative)) : 0,
  )
  const dSigma = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (d + 1)) - 1) + cSigma
  return { weights_N, muEff, cSigma, dSigma, cC, c1, cMu }
}

/**
 * The distribution after one generation.
 *
 * @param members at least two, in any order; losses are numbers, infinity included
 * @source Hansen, "The CMA evolution strategy: a tutorial" (arXiv:1604.00772, 2016), figure 6, with active covariance
 * update; the learning rates follow the number of members that there are, so a generation may lack some
 */
export function cmaUpdated(state: CmaState, members: readonly CmaMember[]): CmaState {
  const d = state.mean_D.length
  const { weights_N, muEff, cSigma, dSigma, cC, c1, cMu } = ratesOf(members.length, d)
  const ys = [...members].sort((a, b) => (a.loss < b.loss ? -1 : a.loss > b.loss ? 1 : 0)).map(({ y_D }) => y_D)
  const step_D = state.mean_D.map((_, i) =>
    ys.reduce((sum, y, k) => sum + Math.max(0, weights_N[k] as number) * (y[i] as number), 0),
  )
  const white_D = whitened(state, step_D)
  const pathSigma_D = state.pathSigma_D.map(
    (p, i) => (1 - cSigma) * p + Math.sqrt(cSigma * (2 - cSigma) * muEff) * (white_D[i] as number),
  )
  const expected = Math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d))
  const length = Math.hypot(...pathSigma_D)
  const generation = state.generation + 1
  const stalls = length / Math.sqrt(1 - (1 - cSigma) ** (2 * generation)) >= (1.4 + 2 / (d + 1)) * expected
  const pathC_D = state.pathC_D.map(
    (p, i) => (1 - cC) * p + (stalls ? 0 : Math.sqrt(cC * (2 - cC) * muEff) * (step_D[i] as number)),
  )
  // Negative weights are divided by the length of their step, so that C stays positive definite.
  const scaled_N = weights_N.map((w, k) =>
    w >= 0 ? w : (w * d) / Math.max(1e-300, Math.hypot(...whitened(state, ys[k] as readonly number[])) ** 2),
  )
  const keep = 1 + c1 * (stalls ? cC * (2 - cC) : 0) - c1 - cMu * weights_N.reduce((sum, w) => sum + w, 0)
  const covariance_DD = state.covariance_DD.map((row, i) =>
    row.map((c, j) => {
      const rankMu = ys.reduce((sum, y, k) => sum + (scaled_N[k] as number) * (y[i] as number) * (y[j] as number), 0)
      return keep * c + c1 * (pathC_D[i] as number) * (pathC_D[j] as number) + cMu * rankMu
    }),
  )
  return {
    mean_D: state.mean_D.map((m, i) => m + state.sigma * (step_D[i] as number)),
    // One generation never more than doubles or halves it: repaired points may lie far from where they were drawn.
    sigma: state.sigma * Math.min(2, Math.max(0.5, Math.exp((cSigma / dSigma) * (length / expected - 1)))),
    covariance_DD,
    eigen: symmetricEigen(covariance_DD),
    pathSigma_D,
    pathC_D,
    generation,
  }
}
