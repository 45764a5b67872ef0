// Key: N rows, D axes, every axis from 0 to 1.

import type { Rng } from '../base/rng.ts'

/** A box of the space, half open, in which the tree answers `value`. */
export interface Leaf {
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly value: number
}

export interface TreeData {
  /** One row of D numbers for each of N. */
  readonly rows: readonly (readonly number[])[]
  readonly values: readonly number[]
}

const SMALLEST_LEAF = 3
const AXES_TRIED = 2 / 3

/**
 * A regression tree as the boxes of its leaves; each split is the best one of two thirds of the axes, drawn anew.
 *
 * @source Breiman et al. 1984 (CART), Breiman 2001 for the random axes
 */
export function growTree({ rows, values }: TreeData, rng: Rng): Leaf[] {
  const axes = rows[0]?.length ?? 0
  const leaves: Leaf[] = []
  const grow = (members: readonly number[], low: readonly number[], high: readonly number[]): void => {
    const tried = rng.shuffled(Array.from({ length: axes }, (_, d) => d)).slice(0, Math.ceil(AXES_TRIED * axes))
    const split = members.length < 2 * SMALLEST_LEAF ? undefined : bestSplit(members, tried, { rows, values })
    if (split === undefined) {
      leaves.push({ low, high, value: members.reduce((sum, i) => sum + (values[i] as number), 0) / members.length })
      return
    }
    const { axis, at } = split
    const isLow = (i: number) => (rows[i]?.[axis] as number) < at
    grow(members.filter(isLow), low, high.with(axis, at))
    grow(
      members.filter((i) => !isLow(i)),
      low.with(axis, at),
      high,
    )
  }
  grow(
    rows.map((_, i) => i),
    Array<number>(axes).fill(0),
    Array<number>(axes).fill(1),
  )
  return leaves
}

function bestSplit(members: readonly number[], axes: readonly number[], { rows, values }: TreeData) {
  const total = members.reduce((sum, i) => sum + (values[i] as number), 0)
  const n = members.length
  // What a split explains: the squares of the two sums by their counts, against those of all.
  let most = total ** 2 / n + 1e-12 * (1 + Math.abs(total ** 2))
  let found: { readonly axis: number; readonly at: number } | undefined
  for (const axis of axes) {
    const order = [...members].sort((a, b) => (rows[a]?.[axis] as number) - (rows[b]?.[axis] as number))
    let left = 0
    for (let k = 1; k <= n - SMALLEST_LEAF; k++) {
      left += values[order[k - 1] as number] as number
      const [below, above] = [
        rows[order[k - 1] as number]?.[axis] as number,
        rows[order[k] as number]?.[axis] as number,
      ]
      if (k < SMALLEST_LEAF || below === above) continue
      const explained = left ** 2 / k + (total - left) ** 2 / (n - k)
      if (explained <= most) continue
      most = explained
      found = { axis, at: (below + above) / 2 }
    }
  }
  return found
}

export function predict(leaves: readonly Leaf[], point: readonly number[]): number {
  const inside = ({ low, high }: Leaf) =>
    point.every((x, d) => x >= (low[d] as number) && (x < (high[d] as number) || (x === 1 && high[d] === 1)))
  return leaves.find(inside)?.value ?? Number.NaN
}

/** Variance over the whole space that an axis explains alone, and that of the tree as a whole. */
export function varianceOf(leaves: readonly Leaf[], axes: readonly number[]): number {
  const mean = leaves.reduce((sum, leaf) => sum + volumeOf(leaf, []) * leaf.value, 0)
  const cuts = axes.map((axis) =>
    [...new Set(leaves.flatMap(({ low, high }) => [low[axis], high[axis]] as number[]))].sort((a, b) => a - b),
  )
  const [first = [0, 1], second = [0, 1]] = cuts
  const width = second.length
  // Each leaf raises a block of cells by its mean over the other axes: put down as differences, then summed up.
  const cells = new Float64Array(first.length * width)
  const placeIn = cuts.map((of) => new Map(of.map((cut, i) => [cut, i])))
  for (const leaf of leaves) {
    const share = volumeOf(leaf, axes) * leaf.value
    const [a0, a1] = ends(leaf, 0)
    const [b0, b1] = ends(leaf, 1)
    for (const [a, b, sign] of [
      [a0, b0, 1],
      [a1, b0, -1],
      [a0, b1, -1],
      [a1, b1, 1],
    ] as const) {
      cells[a * width + b] = (cells[a * width + b] as number) + sign * share
    }
  }
  function ends({ low, high }: Leaf, which: 0 | 1): [number, number] {
    const axis = axes[which]
    if (axis === undefined) return [0, 1]
    return [placeIn[which]?.get(low[axis] as number) as number, placeIn[which]?.get(high[axis] as number) as number]
  }
  let squares = 0
  for (let a = 0; a < first.length - 1; a++) {
    let along = 0
    for (let b = 0; b < width - 1; b++) {
      if (a > 0) cells[a * width + b] = (cells[a * width + b] as number) + (cells[(a - 1) * width + b] as number)
      along += cells[a * width + b] as number
      squares +=
        ((first[a + 1] as number) - (first[a] as number)) *
        ((second[b + 1] as number) - (second[b] as number)) *
        along ** 2
    }
  }
  return Math.max(0, squares - mean ** 2)
}

/** Without the axes in `but`. */
function volumeOf({ low, high }: Leaf, but: readonly number[]): number {
  return low.reduce((product, from, d) => (but.includes(d) ? product : product * ((high[d] as number) - from)), 1)
}

export function totalVariance(leaves: readonly Leaf[]): number {
  const mean = leaves.reduce((sum, leaf) => sum + volumeOf(leaf, []) * leaf.value, 0)
  return leaves.reduce((sum, leaf) => sum + volumeOf(leaf, []) * (leaf.value - mean) ** 2, 0)
}
