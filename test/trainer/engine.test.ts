import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import * as tf from '../../src/trainer/engine/tf.ts'
import { guardHeap } from '../../src/trainer/engine/wasm.ts'

/** Plain triple loop, in float64. */
function productOf(a: number[][], b: number[][]): number[][] {
  return a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? Number.NaN), 0)))
}
const transposeOf = (a: number[][]) => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN))
/** Fixed numbers between -1 and 1, without pattern. */
const matrix = (rows: number, columns: number, from: number) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Math.sin(from + 37 * i + 101 * j)))

describe('the wasm engine', () => {
  let tensorCount: () => number
  beforeAll(async () => {
    tensorCount = (await engines.wasm.open()).tensorCount
  })

  it('has the gradients that the library leaves out in Node', () => {
    for (const kernel of ['BatchMatMul', 'Add', 'Multiply', 'Relu', 'Pow', 'Exp', 'Sum', 'LogSoftmax'])
      expect(tf.getGradient(kernel), kernel).toBeDefined()
  })

  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    it(`multiplies right with transposeA=${transposeA} and transposeB=${transposeB}, sums longer than 48 included`, () => {
      const a = matrix(5, 100, 1)
      const b = matrix(100, 7, 2)
      const before = tensorCount()
      const result = tf.tidy(() => {
        const left = tf.tensor2d(transposeA ? transposeOf(a) : a)
        const right = tf.tensor2d(transposeB ? transposeOf(b) : b)
        return tf.matMul(left, right, transposeA, transposeB).dataSync()
      })
      for (const [i, value] of productOf(a, b).flat().entries()) expect(result[i]).toBeCloseTo(value, 4)
      expect(tensorCount()).toBe(before)
    })
  }

  it('sees a new weight that took the place of an old one', () => {
    const x = tf.tensor2d([[1, 1]])
    for (const weight of [32, 64]) {
      const w = tf.tensor2d([[weight], [weight]])
      expect(tf.tidy(() => tf.matMul(x, w).dataSync()[0])).toBe(2 * weight)
      w.dispose()
    }
    x.dispose()
  })

  it('copies the values of an array, and shares them between a tensor and its clone', () => {
    const values = Float32Array.of(1, 2)
    const before = tensorCount()
    const original = tf.tensor(values)
    values.fill(9)
    const clone = original.clone()
    original.dispose()
    expect([...clone.dataSync()]).toEqual([1, 2])
    clone.dispose()
    expect(tensorCount()).toBe(before)
  })

  it('says that the heap is full instead of writing to address 0', () => {
    const full = { _malloc: (_size: number) => 0, _free: () => {} }
    guardHeap(full)
    expect(() => full._malloc(3 << 20)).toThrow(/out of memory: 3\.0 MiB/)
    const backend = tf.engine().backend as unknown as {
      makeOutput(shape: number[], dtype: string): { dataId: object }
      disposeData(id: object): void
    }
    // Pages that nobody writes to cost no memory.
    const held: object[] = []
    const gigabyte = () => held.push(backend.makeOutput([2 ** 28], 'float32').dataId)
    expect(() => Array.from({ length: 5 }, gigabyte)).toThrow(/out of memory: 1\.0 GiB/)
    expect(held.length).toBeGreaterThan(1)
    for (const id of held) backend.disposeData(id)
  })
})
