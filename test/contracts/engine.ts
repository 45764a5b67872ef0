import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/trainer/engine/engine.ts'
import type { EngineName } from '../../src/trainer/engine/engine-names.ts'
import { readsAtOnce } from '../../src/trainer/engine/reading.ts'
import * as tf from '../../src/trainer/engine/tf.ts'
import type { LossSequence } from '../trainer/support/loss-sequence.ts'

/** Plain triple loop, in float64. */
function productOf(a: number[][], b: number[][]): number[] {
  return a.flatMap((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? NaN), 0)))
}
const transposeOf = (a: number[][]) => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN))
/** Fixed numbers between -1 and 1, without pattern. */
const matrix = (rows: number, columns: number, from: number) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Math.sin(from + 37 * i + 101 * j)))

export interface EngineUnderTest {
  readonly name: EngineName
  /** Already opened, or why it cannot be. */
  readonly opened: Engine | string
  /** With what each gives on the engine that comes along. */
  readonly sequences: readonly (LossSequence & { readonly expected: readonly number[] })[]
}

/** What every engine promises. Engines of one process share the library's state, so each is made current first. */
export function engineContract({ name, opened, sequences }: EngineUnderTest): void {
  if (typeof opened === 'string') {
    describe.skip(`the engine ${name} (SKIPPED: ${opened})`, () => {
      it('would be held to the contract', () => {})
    })
    return
  }
  describe(`the engine ${name}`, () => {
    beforeAll(async () => {
      await tf.setBackend(name === 'tensorflow-gpu' ? 'tensorflow' : name)
    })

    it('says its name, what it computes on and whether it can be read at once', () => {
      expect(opened).toMatchObject({ name, readsAtOnce: readsAtOnce() })
      expect(opened.device).not.toBe('')
    })

    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const) {
      it(`multiplies right with transposeA=${transposeA} and transposeB=${transposeB}, and leaves no tensor behind`, async () => {
        const [a, b] = [matrix(5, 100, 1), matrix(100, 7, 2)]
        const before = opened.tensorCount()
        const product = tf.tidy(() => {
          const left = tf.tensor2d(transposeA ? transposeOf(a) : a)
          const right = tf.tensor2d(transposeB ? transposeOf(b) : b)
          return tf.matMul(left, right, transposeA, transposeB)
        })
        const found = await product.data()
        product.dispose()
        for (const [i, value] of productOf(a, b).entries()) expect(found[i]).toBeCloseTo(value, 4)
        expect(opened.tensorCount()).toBe(before)
      })
    }

    it('owns the values of a tensor: the array may be written over before they are used, and after', async () => {
      const values = Float32Array.of(1, 2, 3, 4)
      const x = tf.tensor(values)
      values.fill(9)
      const square = tf.square(x)
      values.fill(8)
      const twice = tf.add(x, x)
      expect([...(await square.data()), ...(await twice.data()), ...(await x.data())]).toEqual([
        1, 4, 9, 16, 2, 4, 6, 8, 1, 2, 3, 4,
      ])
      tf.dispose([x, square, twice])
    })

    for (const { what, on, expected } of sequences) {
      // A GPU that is imitated on the CPU translates each shader first: half a minute for the encoder.
      it(`gives the losses of wasm to 5 digits when it trains ${what}`, { timeout: 180_000 }, async () => {
        const found = await on(opened)
        expect(found.length).toBe(expected.length)
        for (const [i, loss] of expected.entries()) expect((found[i] ?? Number.NaN) / loss).toBeCloseTo(1, 5)
      })
    }
  })
}
