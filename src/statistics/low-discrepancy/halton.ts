import { rngFor } from '../../base/rng.ts'
import type { PointSequence } from './sequence.ts'

/** Digits are kept until they are worth less than this. */
const FINEST = 2 ** -40

const primes = [2, 3]

/** The prime with this number, 0 for 2. */
export function primeAt(index: number): number {
  for (let n = (primes.at(-1) as number) + 2; primes.length <= index; n += 2) {
    if (primes.every((p) => p * p > n || n % p !== 0)) primes.push(n)
  }
  return primes[index] as number
}

/** Order of the digits at each place after the point. */
type DigitOrders = readonly (readonly number[])[]

/**
 * The digits of `index` mirrored at the point, each replaced by the order of its place, with all the zeros that follow.
 *
 * @source van der Corput (1935); without `orders` its own sequence in this base
 */
export function radicalInverse(index: number, base: number, orders?: DigitOrders): number {
  let value = 0
  let worth = 1 / base
  for (let rest = index, place = 0; orders === undefined ? rest > 0 : place < orders.length; place++) {
    const digit = rest % base
    value += (orders?.[place]?.[digit] ?? digit) * worth
    rest = Math.floor(rest / base)
    worth /= base
  }
  return value
}

/**
 * Halton's sequence: each dimension counts in a prime base of its own; the digits of each place are shuffled by `seed`,
 * which breaks the stripes that neighbouring large bases otherwise make.
 *
 * @source Halton (1960); Owen, "A randomized Halton algorithm in R" (arXiv:1706.02808, 2017)
 */
export function haltonSequence(seed: number): PointSequence {
  const known: DigitOrders[] = []
  const ordersOf = (dimension: number): DigitOrders => {
    const orders = known[dimension] ?? digitOrders(seed, dimension)
    known[dimension] = orders
    return orders
  }
  return {
    at: (index, dimension) => {
      const u = radicalInverse(index, primeAt(dimension), ordersOf(dimension))
      return Math.min(1 - FINEST, Math.max(FINEST, u))
    },
  }
}

function digitOrders(seed: number, dimension: number): DigitOrders {
  const base = primeAt(dimension)
  const rng = rngFor(seed, 'halton', dimension)
  const digits = Array.from({ length: base }, (_, digit) => digit)
  return Array.from({ length: Math.ceil(-Math.log(FINEST) / Math.log(base)) }, () => rng.shuffled(digits))
}
