import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { dispose, memory, tensor, tidy } from '../../src/trainer/engine/tf.ts'
import type { Architecture } from '../../src/trainer/model/encoder/architecture.ts'
import { encode } from '../../src/trainer/model/encoder/encode.ts'
import { encoderParameters } from '../../src/trainer/model/encoder/parameters.ts'
import { poolers } from '../../src/trainer/model/encoder/pooling.ts'
import { tokenBatch } from '../../src/trainer/model/encoder/token-batch.ts'
import type { NamedArrays } from '../../src/trainer/model/parameters.ts'
import { plainEncoder, plainPooling, randomWeights, smallArchitecture } from './support/plain-encoder.ts'

const texts = [
  [2, 5, 9, 11, 3],
  [2, 7, 3],
  [2, 29, 28, 8, 8, 8, 4, 17, 3],
].map((ids) => Int32Array.from(ids))

type Pooling = keyof typeof poolers
const poolings = Object.keys(poolers) as Pooling[]

function pooledRows(some: readonly Int32Array[], architecture: Architecture, weights: NamedArrays, pooling: Pooling) {
  const tensors = new Map(
    encoderParameters(architecture).map(({ name, shape }) => [
      name,
      tensor(weights.get(name) as Float32Array, shape as number[]),
    ]),
  )
  const before = memory().numTensors
  const flat = tidy(() => {
    const batch = tokenBatch(some, architecture)
    return poolers[pooling](encode({ architecture, weights: tensors, batch }), batch).dataSync()
  })
  expect(memory().numTensors).toBe(before)
  dispose([...tensors.values()])
  return some.map((_, b) => [...flat.slice(b * architecture.width, (b + 1) * architecture.width)])
}

function expectClose(found: readonly number[], expected: readonly number[], within: number) {
  expect(found.length).toBe(expected.length)
  const worst = Math.max(...found.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))))
  expect(worst).toBeLessThan(within)
}

describe('the transformer encoder', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  for (const family of ['bert', 'roberta', 'distilbert'] as const) {
    for (const pooling of poolings) {
      it(`gives what the plain formulas of ${family} give in float64, pooled by ${pooling}`, () => {
        const architecture = smallArchitecture({ family, layers: 5 })
        const weights = randomWeights(architecture)
        const found = pooledRows(texts, architecture, weights, pooling)
        for (const [b, ids] of texts.entries()) {
          const expected = plainPooling[pooling](plainEncoder([...ids], architecture, weights))
          expectClose(found[b] ?? [], expected, 1e-4)
        }
      })
    }
  }

  for (const activation of ['gelu_tanh', 'relu'] as const) {
    it(`can have ${activation} in its feed-forward part`, () => {
      const architecture = smallArchitecture({ activation, layers: 1 })
      const weights = randomWeights(architecture)
      const [found] = pooledRows(texts, architecture, weights, 'last4_mean')
      expectClose(
        found ?? [],
        plainPooling.last4_mean(plainEncoder([...(texts[0] ?? [])], architecture, weights)),
        1e-5,
      )
    })
  }

  it('gives a text the same row alone and beside longer ones', () => {
    const architecture = smallArchitecture()
    const weights = randomWeights(architecture)
    for (const pooling of poolings) {
      const together = pooledRows(texts, architecture, weights, pooling)
      for (const [b, ids] of texts.entries()) {
        expectClose(together[b] ?? [], pooledRows([ids], architecture, weights, pooling)[0] ?? [], 1e-6)
      }
    }
  })
})
