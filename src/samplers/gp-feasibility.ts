import type { Point } from '../space/axes.ts'
import { normalCdf } from '../space/normal.ts'
import { fitGaussianProcess } from '../statistics/gaussian-process/fit.ts'
import { observationsOf } from '../statistics/gaussian-process/observations.ts'
import type { History } from '../trial/history.ts'
import { outcomesOf } from './feasibility.ts'
import type { ModelSpace } from './model-space.ts'

/** The youngest outcomes; the time of a fit grows with their cube. */
const MOST = 150

/**
 * The chance that a trial at a point does not fail, by a Gaussian process of its own over the outcomes so far. TPE's
 * densities (feasibility.ts) are too broad to hold a model back that sees large gains beyond a sharp border; the length
 * scales and the noise learned here tell a border from failures that strike by chance.
 *
 * @returns undefined while nothing has failed, or nothing ended well
 * @source Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), section 6.5: labels of 1 and -1
 * taken for values, and Phi of the prediction for a chance
 */
export function chanceOfEnding(history: History, model: ModelSpace): ((point: Point) => number) | undefined {
  const { failed, ended } = outcomesOf(model.axes, history)
  if (failed.length === 0 || ended.length === 0) return undefined
  // Of each kind its part, so that the rarer one is not lost.
  const [bad, good] = [failed, ended].map((list) => list.slice(-MOST / 2)) as [Point[], Point[]]
  const D = model.kinds_D.length
  const points = [...bad, ...good]
  const points_ND = new Float64Array(points.length * D)
  for (const [n, point] of points.entries()) points_ND.set(model.features(point), n * D)
  const labels = points.map((_, n) => [n < bad.length ? -1 : 1])
  const process = fitGaussianProcess(observationsOf(model.kinds_D, points_ND, labels))
  if (process === undefined) return undefined
  return (point) => {
    const { means_M, variances_M } = process.marginals(model.features(point))
    return normalCdf((means_M[0] as number) / Math.sqrt((variances_M[0] as number) + process.noiseVariance))
  }
}
