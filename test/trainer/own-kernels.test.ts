import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import * as tf from '../../src/trainer/engine/tf.ts'

/** Numbers between -1 and 1 without pattern. */
const numbers = (size: number, from: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(from + 37.7 * i))

/** Both operands as they are multiplied, in float64; `outer` numbers of matrices, 1 = the same for all. */
interface Product {
  readonly batch: readonly [number, number]
  readonly size: readonly [rows: number, depth: number, columns: number]
  readonly transposeA: boolean
  readonly transposeB: boolean
}

function plainProduct(a: Float32Array, b: Float32Array, { batch, size, transposeA, transposeB }: Product): number[] {
  const [M, K, N] = size
  const result: number[] = []
  for (let n = 0; n < Math.max(...batch); n++) {
    const [fromA, fromB] = [batch[0] === 1 ? 0 : n * M * K, batch[1] === 1 ? 0 : n * K * N]
    for (let i = 0; i < M; i++) {
      for (let j = 0; j < N; j++) {
        let sum = 0
        for (let k = 0; k < K; k++) {
          const x = a[fromA + (transposeA ? k * M + i : i * K + k)] as number
          sum += x * (b[fromB + (transposeB ? j * K + k : k * N + j)] as number)
        }
        result.push(sum)
      }
    }
  }
  return result
}

function ourProduct(a: Float32Array, b: Float32Array, { batch, size, transposeA, transposeB }: Product): Float32Array {
  const [M, K, N] = size
  return tf.tidy(() => {
    const left = tf.tensor(a, [batch[0], ...(transposeA ? [K, M] : [M, K])])
    const right = tf.tensor(b, [batch[1], ...(transposeB ? [N, K] : [K, N])])
    return tf.matMul(left, right, transposeA, transposeB).dataSync() as Float32Array
  })
}

/** The largest difference, as a share of what a sum of that many terms between -1 and 1 may be off by. */
function worst(found: ArrayLike<number>, expected: readonly number[], terms: number): number {
  expect(found.length).toBe(expected.length)
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] as number))), 0) / (1e-6 * terms)
}

const side = fc.integer({ min: 1, max: 70 })
const product = fc.record({
  batch: fc.constantFrom([1, 1], [3, 3], [1, 4], [5, 1]) as fc.Arbitrary<readonly [number, number]>,
  size: fc.tuple(side, side, side),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
})

describe('our matrix product', () => {
  let tensorCount: () => number
  beforeAll(async () => {
    tensorCount = (await engines.wasm.open()).tensorCount
  })

  it('is the plain one for all sizes from 1 to 70, transposed and batched in every way, and keeps no tensor', () => {
    const before = tensorCount()
    fc.assert(
      fc.property(product, (given) => {
        const { batch, size } = given
        const a = numbers(batch[0] * size[0] * size[1], 1)
        const b = numbers(batch[1] * size[1] * size[2], 2)
        expect(worst(ourProduct(a, b, given), plainProduct(a, b, given), size[1])).toBeLessThan(1)
      }),
      { numRuns: 150 },
    )
    expect(tensorCount()).toBe(before)
  })

  it.each([
    [[3, 600, 5], false, false],
    [[300, 5, 9], true, false],
    [[5, 300, 1030], false, true],
    [[9, 259, 1027], true, true],
  ] as const)(
    'is the plain one where %j is more than one block, transposed %s and %s',
    (size, transposeA, transposeB) => {
      const given: Product = { batch: [1, 1], size, transposeA, transposeB }
      const [a, b] = [numbers(size[0] * size[1], 3), numbers(size[1] * size[2], 4)]
      expect(worst(ourProduct(a, b, given), plainProduct(a, b, given), size[1])).toBeLessThan(1)
    },
  )

  it('gives zeros for a sum of nothing', () => {
    expect([...tf.tidy(() => tf.matMul(tf.tensor([], [2, 0]), tf.tensor([], [0, 3])).dataSync())]).toEqual(
      Array(6).fill(0),
    )
  })

  it('uses an outer axis of size 1 again and again, on both sides at once', () => {
    const [a, b] = [numbers(2 * 3 * 4, 5), numbers(5 * 4 * 2, 6)]
    const found = tf.tidy(() => tf.matMul(tf.tensor(a, [2, 1, 3, 4]), tf.tensor(b, [1, 5, 4, 2])).dataSync())
    const expected = [0, 1].flatMap((i) =>
      [0, 1, 2, 3, 4].flatMap((j) =>
        plainProduct(a.subarray(i * 12, (i + 1) * 12), b.subarray(j * 8, (j + 1) * 8), {
          batch: [1, 1],
          size: [3, 4, 2],
          transposeA: false,
          transposeB: false,
        }),
      ),
    )
    expect(worst(found, expected, 4)).toBeLessThan(1)
  })

  it('has gradients that agree with finite differences', () => {
    const [M, K, N] = [5, 7, 6]
    const [a, b] = [numbers(M * K, 7), numbers(K * N, 8)]
    const lossOf = (x: tf.Tensor, y: tf.Tensor) =>
      tf.sum(tf.square(tf.matMul(tf.relu(tf.matMul(x, y)) as tf.Tensor2D, tf.tensor2d(numbers(N * 2, 9), [N, 2]))))
    const at = (x: Float32Array, y: Float32Array) =>
      tf.tidy(() => lossOf(tf.tensor(x, [M, K]), tf.tensor(y, [K, N])).dataSync()[0] as number)
    const [da, db] = tf.tidy(() => {
      const { grads } = tf.valueAndGrads((x, y) => lossOf(x as tf.Tensor, y as tf.Tensor) as tf.Scalar)([
        tf.tensor(a, [M, K]),
        tf.tensor(b, [K, N]),
      ])
      return grads.map((gradient) => gradient.dataSync())
    })
    const moved = (values: Float32Array, i: number, by: number) => values.map((x, j) => (i === j ? x + by : x))
    for (const i of [0, 11, 30]) {
      const slopeA = (at(moved(a, i, 1e-2), b) - at(moved(a, i, -1e-2), b)) / 2e-2
      const slopeB = (at(a, moved(b, i, 1e-2)) - at(a, moved(b, i, -1e-2))) / 2e-2
      expect(da?.[i]).toBeCloseTo(slopeA, 1)
      expect(db?.[i]).toBeCloseTo(slopeB, 1)
    }
  })

  it.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const)(
    'gives with bias and %s in one what the three give in turn, transposed and longer than 48',
    (activation) => {
      const before = tensorCount()
      const [apart, fused] = tf.tidy(() => {
        const a = tf.tensor(numbers(3 * 100 * 5, 10), [3, 100, 5])
        const b = tf.tensor(numbers(3 * 9 * 100, 11), [3, 9, 100])
        const bias = tf.tensor1d(numbers(9, 12))
        const sum = tf.add(tf.matMul(a, b, true, true), bias)
        const then = { linear: 'Identity', relu: 'Relu', relu6: 'Relu6', elu: 'Elu', sigmoid: 'Sigmoid' }[activation]
        const inputs = { a, b, bias }
        const attributes = { transposeA: true, transposeB: true, activation }
        const inOne = tf.engine().runKernel('_FusedMatMul', inputs, attributes) as tf.Tensor
        return [tf.engine().runKernel(then, { x: sum }) as tf.Tensor, inOne].map((x) => [...x.dataSync()])
      })
      expect(fused).toEqual(apart)
      expect(tensorCount()).toBe(before)
    },
  )
})

describe('our sums', () => {
  it.each([
    [[7, 5], 0, [5]],
    [[2, 3, 9], [0, 1], [9]],
    [[4, 6], 1, [4]],
    [[4, 6], [0, 1], []],
    [[3, 4, 5], 1, [3, 5]],
    [[3, 4, 5], [-3], [4, 5]],
  ] as const)('of %j over %j are the plain ones', (shape, axis, result) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const values = numbers(size, 13)
    const axes = [axis].flat().map((it) => (it < 0 ? it + shape.length : it))
    const expected = new Map<string, number>()
    for (let i = 0; i < size; i++) {
      const index = shape.map((length, d) => Math.floor(i / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % length)
      const kept = index.filter((_, d) => !axes.includes(d)).join()
      expected.set(kept, (expected.get(kept) ?? 0) + (values[i] as number))
    }
    for (const keepDims of [false, true]) {
      const [found, foundShape] = tf.tidy(() => {
        const sum = tf.sum(tf.tensor(values, [...shape]), [axis].flat(), keepDims)
        return [sum.dataSync(), sum.shape] as const
      })
      expect(foundShape).toEqual(keepDims ? shape.map((length, d) => (axes.includes(d) ? 1 : length)) : result)
      for (const [i, value] of [...expected.values()].entries()) expect(found[i]).toBeCloseTo(value, 4)
    }
  })

  it('by segment are the gradient of a gather, repeated and missing rows included', () => {
    const [rows, width] = [6, 5]
    const ids = Int32Array.of(4, 1, 4, 4, 0)
    const factors = numbers(ids.length * width, 14)
    const gradient = tf.tidy(() => {
      const pick = (table: tf.Tensor) =>
        tf.sum(tf.mul(tf.gather(table, tf.tensor1d(ids, 'int32')), tf.tensor(factors, [ids.length, width])))
      const { grads } = tf.valueAndGrads((table) => pick(table as tf.Tensor) as tf.Scalar)([
        tf.tensor(numbers(rows * width, 15), [rows, width]),
      ])
      return grads[0]?.dataSync()
    })
    const expected = new Float64Array(rows * width)
    for (const [i, id] of ids.entries()) {
      for (let w = 0; w < width; w++) {
        expected[id * width + w] = (expected[id * width + w] as number) + (factors[i * width + w] as number)
      }
    }
    for (const [i, value] of expected.entries()) expect(gradient?.[i]).toBeCloseTo(value, 5)
  })
})
