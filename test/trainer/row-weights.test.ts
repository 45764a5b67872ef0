import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { tensor2d, tidy } from '../../src/trainer/engine/tf.ts'
import { taskLoss } from '../../src/trainer/training/task-loss.ts'

describe('row weights', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  /** Two classes with equal logits but for the first: cross-entropy is ln 2 where they are equal. */
  const lossWith = (rowWeights_N?: Float32Array) =>
    tidy(() => {
      const part = {
        labels_N: Int32Array.of(0, 1, -1, 1),
        classWeights: [1, 3],
        loss: { kind: 'focal', classes: 2, gamma: 0, labelSmoothing: 0 } as const,
        ...(rowWeights_N && { rowWeights_N }),
      }
      const logits_BC = tensor2d([Math.log(3), 0, 0, 0, 0, 0], [3, 2])
      const rows_B = Int32Array.of(0, 3, 2)
      return taskLoss(logits_BC, { parts: [part], rows_B, labelled: [2] }).dataSync()[0] as number
    })

  it('multiply what each row adds to the loss; the mean is still over rows', () => {
    const [first, last] = [-Math.log(3 / 4), 3 * Math.log(2)]
    expect(lossWith()).toBeCloseTo((first + last) / 2, 6)
    expect(lossWith(Float32Array.of(1, 1, 1, 1))).toBe(lossWith())
    expect(lossWith(Float32Array.of(1, 9, 9, 0.5))).toBeCloseTo((first + 0.5 * last) / 2, 6)
  })
})
