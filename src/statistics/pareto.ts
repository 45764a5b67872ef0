// Key: N points, M objectives. Smaller is better in every objective; negate what is maximised. All values are finite.

type Point = readonly number[]

/** Whether `a` is at least as good as `b` in every objective and better in one. Equal points do not dominate each other. */
export function dominates(a: Point, b: Point): boolean {
  let better = false
  for (const [m, value] of a.entries()) {
    if (value > (b[m] as number)) return false
    if (value < (b[m] as number)) better = true
  }
  return better
}

/**
 * Pareto rank of each point: 1 for those that none dominates, 2 for those that only points of rank 1 dominate, and so
 * on. The rank is the longest chain of points that dominate one another, which is found front by front.
 *
 * @source Deb et al. 2002 (NSGA-II, non-dominated sorting); here in order of the first objective, so that a point can be
 * dominated by earlier ones only (Zhang et al. 2015, efficient non-dominated sort)
 */
export function paretoRanks(points: readonly Point[]): number[] {
  const order = points.map((_, i) => i).sort((a, b) => inTurn(points[a] as Point, points[b] as Point))
  const fronts: Point[][] = []
  const ranks = points.map(() => 0)
  for (const i of order) {
    const point = points[i] as Point
    let rank = 0
    while (fronts[rank]?.some((member) => dominates(member, point))) rank++
    const front = fronts[rank]
    if (front === undefined) fronts.push([point])
    else front.push(point)
    ranks[i] = rank + 1
  }
  return ranks
}

/** Places of the points that no other one dominates, in their own order. */
export function paretoFront(points: readonly Point[]): number[] {
  const ranks = paretoRanks(points)
  return points.flatMap((_, i) => (ranks[i] === 1 ? [i] : []))
}

function inTurn(a: Point, b: Point): number {
  for (const [m, value] of a.entries()) if (value !== b[m]) return value - (b[m] as number)
  return 0
}

/**
 * Volume of what the points dominate inside the box that ends at `reference`; exact, for 1 to 3 objectives.
 * Points beyond the reference in any objective add nothing.
 *
 * @source for three objectives, slices along the last one, each of which is a problem of two (Fonseca et al. 2006)
 */
export function hypervolume(points: readonly Point[], reference: Point): number {
  const inside = points.filter((point) => point.every((value, m) => value < (reference[m] as number)))
  if (inside.length === 0) return 0
  if (reference.length === 1) return (reference[0] as number) - Math.min(...inside.map(([value]) => value as number))
  if (reference.length === 2) return area(inside, reference)
  if (reference.length === 3) return volume(inside, reference)
  throw new RangeError(`hypervolume takes 1 to 3 objectives, not ${reference.length}`)
}

function area(points: readonly Point[], [right, top]: Point): number {
  const sorted = [...points].sort(inTurn)
  let ceiling = top as number
  let sum = 0
  for (const [x, y] of sorted) {
    if ((y as number) >= ceiling) continue
    sum += ((right as number) - (x as number)) * (ceiling - (y as number))
    ceiling = y as number
  }
  return sum
}

function volume(points: readonly Point[], reference: Point): number {
  const byDepth = [...points].sort((a, b) => (a[2] as number) - (b[2] as number))
  let sum = 0
  for (const [i, point] of byDepth.entries()) {
    const next = byDepth[i + 1]?.[2] ?? (reference[2] as number)
    const depth = next - (point[2] as number)
    if (depth > 0) sum += depth * area(byDepth.slice(0, i + 1), reference)
  }
  return sum
}
