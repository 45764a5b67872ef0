import { normalCdf } from '../space/normal.ts'

/** Logarithm of h(z) = phi(z) + z Phi(z), with its slope. */
export interface LogH {
  readonly value: number
  readonly slope: number
}

const LOG_ROOT_TWO_PI = 0.9189385332046728

/**
 * Expected improvement of a standard normal over -z, as a logarithm: also where the improvement itself is 1e-300, so
 * that a search can climb from there.
 *
 * @source Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization" (NeurIPS 2023);
 * below -3 it departs from their erfcx: Mills' ratio as a continued fraction 1 / (t + c) gives h / phi = c / (t + c)
 */
export function logExpectedImprovement(z: number): LogH {
  if (z > -3) {
    const below = normalCdf(z)
    const h = Math.exp(-0.5 * z * z - LOG_ROOT_TWO_PI) + z * below
    return { value: Math.log(h), slope: below / h }
  }
  const t = -z
  let c = t
  for (let k = 60; k > 1; k--) c = t + k / c
  c = 1 / c
  return { value: -0.5 * z * z - LOG_ROOT_TWO_PI + Math.log(c / (t + c)), slope: 1 / c }
}
