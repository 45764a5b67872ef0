import { expect } from 'vitest'
import { type Scalar, type Tensor2D, tensor2d, tidy, valueAndGrads } from '../../../src/trainer/engine/tf.ts'

type Table = readonly (readonly number[])[]

/**
 * Expects a loss of our operations to have the value of its definition in float64, and its gradient to be that of the
 * definition's finite differences. The engine is open.
 */
export function expectSlopes(at: Table, loss: (x: Tensor2D) => Scalar, definition: (x: Table) => number): void {
  const { value, slope } = tidy(() => {
    const { value, grads } = valueAndGrads((x) => loss(x as Tensor2D))([tensor2d(at as number[][])])
    return { value: value.dataSync()[0] as number, slope: [...(grads[0]?.dataSync() ?? [])] }
  })
  expect(value).toBeCloseTo(definition(at), 5)
  const h = 1e-5
  const columns = at[0]?.length ?? 0
  for (const cell of slope.keys()) {
    const moved = (by: number) => at.map((row, b) => row.map((x, c) => (b * columns + c === cell ? x + by : x)))
    expect(slope[cell]).toBeCloseTo((definition(moved(h)) - definition(moved(-h))) / (2 * h), 4)
  }
}

/** In float64. */
export function softmax(z: readonly number[]): number[] {
  const size = z.reduce((sum, value) => sum + Math.exp(value), 0)
  return z.map((value) => Math.exp(value) / size)
}
