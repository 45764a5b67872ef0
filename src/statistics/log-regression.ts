import type { Rng } from '../base/rng.ts'

// Shapes: n observations, p columns of which the last g are groups. x is n rows of p; means and factors are of length p
// or p x p, row after row.

/** What is believed of a regression before any observation, on the scale of the values. */
export interface RegressionPrior {
  /** Standard deviation of each of the first p - g coefficients around 0. */
  readonly coefficients: readonly number[]
  /** Typical deviation of a group from the others, and how many groups that belief is worth. */
  readonly group: { readonly sd: number; readonly worth: number }
  /** Typical deviation of an observation, and how many observations that belief is worth. */
  readonly residual: { readonly sd: number; readonly worth: number }
}

export interface Regression {
  readonly mean: Float64Array
  /** Lower triangle L of the precision, L L^T. */
  readonly factor: Float64Array
  readonly residual: { readonly variance: number; readonly df: number }
  readonly group: { readonly variance: number; readonly df: number }
}

/** One possible truth. */
export interface RegressionDraw {
  readonly coefficients: Float64Array
  readonly residualSd: number
  readonly groupSd: number
}

const ROUNDS = 12

/**
 * Linear regression with normal priors on the coefficients and random deviations of groups, whose variances are found
 * by expectation and maximisation, each pulled towards its prior. Made for few observations of several groups: with
 * little known the answer is the prior, and a column that never varied says so by a wide coefficient.
 *
 * @param rows each with its columns that are not groups
 * @param groups number of the group of each row, 0 to g - 1
 * @source Searle, Casella and McCulloch 1992, 8.3 (variance components by EM); Gelman et al. 2013, 15 (hierarchical)
 */
export function fitRegression(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  { groups, prior }: { readonly groups: readonly number[]; readonly prior: RegressionPrior },
): Regression {
  const columns = prior.coefficients.length
  const count = groups.reduce((most, group) => Math.max(most, group + 1), 0)
  const width = columns + count
  const x = rows.map((row, i) => withGroup(row, { group: groups[i] ?? 0, width }))
  const moments = momentsOf(x, values, width)
  let residual = prior.residual.sd ** 2
  let group = prior.group.sd ** 2
  let mean: Float64Array = new Float64Array(width)
  let factor: Float64Array = new Float64Array(width * width)
  for (let round = 0; round < ROUNDS; round++) {
    factor = precisionFactor(moments.square, { width, residual, group, coefficients: prior.coefficients })
    mean = solve(factor, moments.product, { width, residual })
    const inverse = diagonalOfInverse(factor, width)
    residual = residualAfter(x, values, { mean, factor, prior: prior.residual })
    group = groupAfter(mean, inverse, { columns, count, prior: prior.group })
  }
  return {
    mean,
    factor,
    residual: { variance: residual, df: prior.residual.worth + values.length },
    group: { variance: group, df: prior.group.worth + Math.max(0, count - 1) },
  }
}

function withGroup(row: readonly number[], { group, width }: { group: number; width: number }): Float64Array {
  const all = new Float64Array(width)
  all.set(row)
  all[row.length + group] = 1
  return all
}

function momentsOf(x: readonly Float64Array[], values: readonly number[], width: number) {
  const square = new Float64Array(width * width)
  const product = new Float64Array(width)
  x.forEach((row, i) => {
    for (let a = 0; a < width; a++) {
      const left = row[a] as number
      if (left === 0) continue
      product[a] = (product[a] as number) + left * (values[i] as number)
      for (let b = 0; b <= a; b++) square[a * width + b] = (square[a * width + b] as number) + left * (row[b] as number)
    }
  })
  return { square, product }
}

interface Variances {
  readonly width: number
  readonly residual: number
  readonly group: number
  readonly coefficients: readonly number[]
}

/** Cholesky factor of X^T X / residual + the prior's precision. */
function precisionFactor(square: Float64Array, { width, residual, group, coefficients }: Variances): Float64Array {
  const lower = new Float64Array(width * width)
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = (square[i * width + j] as number) / residual
      if (i === j) sum += 1 / (i < coefficients.length ? (coefficients[i] as number) ** 2 : group)
      for (let k = 0; k < j; k++) sum -= (lower[i * width + k] as number) * (lower[j * width + k] as number)
      lower[i * width + j] = i === j ? Math.sqrt(sum) : sum / (lower[j * width + j] as number)
    }
  }
  return lower
}

function solve(
  lower: Float64Array,
  product: Float64Array,
  { width, residual }: { readonly width: number; readonly residual: number },
): Float64Array {
  const y = forward(
    lower,
    product.map((value) => value / residual),
  )
  return backward(lower, y, width)
}

/** L y = b */
function forward(lower: Float64Array, b: Float64Array): Float64Array {
  const width = b.length
  const y = new Float64Array(width)
  for (let i = 0; i < width; i++) {
    let sum = b[i] as number
    for (let k = 0; k < i; k++) sum -= (lower[i * width + k] as number) * (y[k] as number)
    y[i] = sum / (lower[i * width + i] as number)
  }
  return y
}

/** L^T x = y */
function backward(lower: Float64Array, y: Float64Array, width: number): Float64Array {
  const x = new Float64Array(width)
  for (let i = width - 1; i >= 0; i--) {
    let sum = y[i] as number
    for (let k = i + 1; k < width; k++) sum -= (lower[k * width + i] as number) * (x[k] as number)
    x[i] = sum / (lower[i * width + i] as number)
  }
  return x
}

function diagonalOfInverse(lower: Float64Array, width: number): Float64Array {
  const diagonal = new Float64Array(width)
  for (let i = 0; i < width; i++) {
    const unit = new Float64Array(width)
    unit[i] = 1
    // The variance is the squared length of L^-1 e.
    diagonal[i] = forward(lower, unit).reduce((sum, value) => sum + value * value, 0)
  }
  return diagonal
}

function residualAfter(
  x: readonly Float64Array[],
  values: readonly number[],
  {
    mean,
    factor,
    prior,
  }: { readonly mean: Float64Array; readonly factor: Float64Array; readonly prior: RegressionPrior['residual'] },
): number {
  let sum = prior.worth * prior.sd ** 2
  x.forEach((row, i) => {
    const error = (values[i] as number) - dot(row, mean)
    sum += error * error + forward(factor, row).reduce((total, value) => total + value * value, 0)
  })
  return sum / (prior.worth + values.length)
}

function groupAfter(
  mean: Float64Array,
  variances: Float64Array,
  {
    columns,
    count,
    prior,
  }: { readonly columns: number; readonly count: number; readonly prior: RegressionPrior['group'] },
): number {
  let sum = prior.worth * prior.sd ** 2
  for (let i = columns; i < columns + count; i++) sum += (mean[i] as number) ** 2 + (variances[i] as number)
  return sum / (prior.worth + count)
}

export function dot(row: ArrayLike<number>, coefficients: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += (row[i] as number) * (coefficients[i] as number)
  return sum
}

/** One truth that fits what was seen; many of them show how little is known. */
export function drawRegression({ mean, factor, residual, group }: Regression, rng: Rng): RegressionDraw {
  const width = mean.length
  const noise = backward(
    factor,
    Float64Array.from({ length: width }, () => rng.normal()),
    width,
  )
  return {
    coefficients: mean.map((value, i) => value + (noise[i] as number)),
    residualSd: Math.sqrt(residual.variance * inverseChiSquare(residual.df, rng)),
    groupSd: Math.sqrt(group.variance * inverseChiSquare(group.df, rng)),
  }
}

/**
 * df / chi-square(df).
 *
 * @source Wilson and Hilferty 1931: the cube root of chi-square / df is close to normal
 */
function inverseChiSquare(df: number, rng: Rng): number {
  const root = 1 - 2 / (9 * df) + rng.normal() * Math.sqrt(2 / (9 * df))
  return 1 / Math.max(root, 0.1) ** 3
}
