/** Coefficients of AS 241's rational approximations, lowest power first. */
const CENTRE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1.0, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const
const SHOULDER = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1.0, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const
const TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  [
    1.0, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] as number)
  return sum
}

function ratio(table: readonly [readonly number[], readonly number[]], x: number): number {
  return polynomial(table[0], x) / polynomial(table[1], x)
}

/**
 * Quantile of the standard normal distribution, relative error about 1e-16; infinite at 0 and 1.
 *
 * @source Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988)
 */
export function normalQuantile(u: number): number {
  if (u <= 0) return Number.NEGATIVE_INFINITY
  if (u >= 1) return Number.POSITIVE_INFINITY
  const q = u - 0.5
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q)
  const r = Math.sqrt(-Math.log(q < 0 ? u : 1 - u))
  const size = r <= 5 ? ratio(SHOULDER, r - 1.6) : ratio(TAIL, r - 5)
  return q < 0 ? -size : size
}

/**
 * Cumulative distribution of the standard normal.
 *
 * @source Marsaglia, "Evaluating the normal distribution" (2004): its series in the middle; Lentz's continued fraction
 * in the tails, where the series loses digits.
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (x < -2.5) return tail(-x)
  if (x > 2.5) return 1 - tail(x)
  let term = x
  let sum = x
  for (let i = 3; Math.abs(term) > 1e-18 && i < 200; i += 2) {
    term *= (x * x) / i
    sum += term
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046728)
}

/** P(X > x) for x > 2.5. */
function tail(x: number): number {
  if (x > 39) return 0
  let fraction = x
  for (let k = 60; k > 0; k--) fraction = x + k / fraction
  return Math.exp(-0.5 * x * x - 0.9189385332046728) / fraction
}
