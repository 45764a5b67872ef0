import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { gather, tensor, tensor1d, tidy } from '../../src/trainer/engine/tf.ts'

describe('rows of a table, looked up on the engine', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  const table = Array.from({ length: 15 }, (_, i) => i + 0.5)
  const rowsOf = (ids: number[], shape: number[]) =>
    tidy(() => [...gather(tensor(table, shape), tensor1d(Int32Array.from(ids), 'int32')).dataSync()])

  it('come in the order in which they are asked for, as often as they are, whatever the width', () => {
    expect(rowsOf([4, 0, 4], [5, 3])).toEqual([12.5, 13.5, 14.5, 0.5, 1.5, 2.5, 12.5, 13.5, 14.5])
    expect(rowsOf([14, 2], [15])).toEqual([14.5, 2.5])
    expect(rowsOf([1], [3, 5, 1])).toEqual([5.5, 6.5, 7.5, 8.5, 9.5])
  })

  it('are an error when the table does not have them', () => {
    expect(() => rowsOf([5], [5, 3])).toThrow(/row 5 of a table of 5 rows/)
    expect(() => rowsOf([-1], [5, 3])).toThrow(RangeError)
  })

  it('come from other axes as well', () => {
    const columns = tidy(() => [...gather(tensor(table.slice(0, 6), [2, 3]), tensor1d([2, 0], 'int32'), 1).dataSync()])
    expect(columns).toEqual([2.5, 0.5, 5.5, 3.5])
  })
})
