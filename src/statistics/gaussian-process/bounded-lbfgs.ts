// Key: P parameters.

/** A function to be minimised: writes its gradient into `gradient_P` and returns its value (NaN or infinite = no go). */
export type Objective = (x_P: Float64Array, gradient_P: Float64Array) => number

export interface MinimizeOptions {
  readonly lower_P: Float64Array
  readonly upper_P: Float64Array
  readonly iterations: number
  /** It ends when a step gains less than this. @default 1e-6 */
  readonly tolerance?: number
}

export interface Minimum {
  readonly x_P: Float64Array
  readonly value: number
}

/** Pairs of steps and gradient changes that are remembered. */
const MEMORY = 8
/** Share of the gain that the slope promises which a step must bring (Armijo). */
const SUFFICIENT = 1e-4
const HALVINGS = 20

interface Pair {
  readonly step_P: Float64Array
  readonly change_P: Float64Array
  readonly product: number
}

/**
 * A local minimum inside a box: L-BFGS on the parameters that are not held by their bound, steps cut off at the box.
 * Deterministic; the value never gets worse.
 *
 * @source Liu and Nocedal, "On the limited memory BFGS method" (1989); two-metric projection of Bertsekas (1982)
 */
export function minimize(objective: Objective, start_P: Float64Array, options: MinimizeOptions): Minimum {
  let x_P: Float64Array = clamped(start_P, options)
  let gradient_P: Float64Array = new Float64Array(x_P.length)
  let value = objective(x_P, gradient_P)
  const pairs: Pair[] = []
  for (let i = 0; i < options.iterations && Number.isFinite(value); i++) {
    const held_P = heldBy(x_P, gradient_P, options)
    const direction_P = directionOf(gradient_P, held_P, pairs)
    const found = lineSearch(objective, { x_P, value, gradient_P, direction_P, first: pairs.length === 0 }, options)
    if (found === undefined) {
      // The remembered curvature misleads: once more along the gradient alone, then that is it.
      if (pairs.length === 0) break
      pairs.length = 0
      continue
    }
    remember(pairs, difference(found.x_P, x_P), difference(found.gradient_P, gradient_P))
    const gain = value - found.value
    x_P = found.x_P
    value = found.value
    gradient_P = found.gradient_P
    if (gain < (options.tolerance ?? 1e-6) * Math.max(1, Math.abs(value))) break
  }
  return { x_P, value }
}

function clamped(x_P: Float64Array, { lower_P, upper_P }: MinimizeOptions): Float64Array {
  return x_P.map((x, p) => Math.min(upper_P[p] as number, Math.max(lower_P[p] as number, x)))
}

/** Parameters that sit on a bound and would go on through it. */
function heldBy(x_P: Float64Array, gradient_P: Float64Array, { lower_P, upper_P }: MinimizeOptions): boolean[] {
  return Array.from(x_P, (x, p) => {
    const slope = gradient_P[p] as number
    return (x <= (lower_P[p] as number) && slope > 0) || (x >= (upper_P[p] as number) && slope < 0)
  })
}

/** Minus the gradient times the inverse of the remembered curvature (two-loop recursion), among the free parameters. */
function directionOf(gradient_P: Float64Array, held_P: readonly boolean[], pairs: readonly Pair[]): Float64Array {
  const q_P = gradient_P.map((g, p) => (held_P[p] ? 0 : -g))
  const factors: number[] = []
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step_P, change_P, product } = pairs[i] as Pair
    const factor = dot(step_P, q_P) / product
    factors[i] = factor
    add(q_P, -factor, change_P)
  }
  const last = pairs.at(-1)
  if (last !== undefined) scale(q_P, last.product / dot(last.change_P, last.change_P))
  for (const [i, { step_P, change_P, product }] of pairs.entries()) {
    add(q_P, (factors[i] as number) - dot(change_P, q_P) / product, step_P)
  }
  for (const [p, held] of held_P.entries()) if (held) q_P[p] = 0
  return q_P
}

interface Here {
  readonly x_P: Float64Array
  readonly value: number
  readonly gradient_P: Float64Array
  readonly direction_P: Float64Array
  /** Nothing is known of the curvature: a first step of length 1 at most. */
  readonly first: boolean
}

function lineSearch(
  objective: Objective,
  { x_P, value, gradient_P, direction_P, first }: Here,
  options: MinimizeOptions,
): (Minimum & { gradient_P: Float64Array }) | undefined {
  const length = Math.sqrt(dot(direction_P, direction_P))
  if (!(dot(direction_P, gradient_P) < 0)) return undefined
  let size = first ? Math.min(1, 1 / length) : 1
  for (let i = 0; i < HALVINGS; i++, size /= 2) {
    const next_P = clamped(
      x_P.map((x, p) => x + size * (direction_P[p] as number)),
      options,
    )
    const nextGradient_P = new Float64Array(x_P.length)
    const nextValue = objective(next_P, nextGradient_P)
    const promised = dot(gradient_P, difference(next_P, x_P))
    if (promised < 0 && nextValue <= value + SUFFICIENT * promised) {
      return { x_P: next_P, value: nextValue, gradient_P: nextGradient_P }
    }
  }
  return undefined
}

function remember(pairs: Pair[], step_P: Float64Array, change_P: Float64Array): void {
  const product = dot(step_P, change_P)
  // Without positive curvature the recursion would no longer point downhill.
  if (!(product > 1e-10 * dot(change_P, change_P))) return
  pairs.push({ step_P, change_P, product })
  if (pairs.length > MEMORY) pairs.shift()
}

function difference(a_P: Float64Array, b_P: Float64Array): Float64Array {
  return a_P.map((a, p) => a - (b_P[p] as number))
}

function dot(a_P: Float64Array, b_P: Float64Array): number {
  let sum = 0
  for (let p = 0; p < a_P.length; p++) sum += (a_P[p] as number) * (b_P[p] as number)
  return sum
}

function add(to_P: Float64Array, factor: number, from_P: Float64Array): void {
  for (let p = 0; p < to_P.length; p++) to_P[p] = (to_P[p] as number) + factor * (from_P[p] as number)
}

function scale(x_P: Float64Array, factor: number): void {
  for (let p = 0; p < x_P.length; p++) x_P[p] = (x_P[p] as number) * factor
}
