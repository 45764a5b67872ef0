import { describe, expect, it } from 'vitest'
import type { TextEncoder } from '../../src/trainer/features/encoder.ts'
import { hashEncoder } from '../../src/trainer/features/hash-encoder.ts'
import { SharedEncoders } from '../../src/trainer/predict/shared-encoders.ts'

const options = {
  encoder: 'hash',
  featureWidth: 64,
  pooling: 'mean',
  maxLength: 16,
  unfreezeLayers: 0,
  gradientCheckpointing: false,
  backend: 'wasm',
} as const
const quiet = { note: () => undefined, say: () => undefined }
const fitted = (texts: readonly string[]) =>
  hashEncoder.fit({ texts, labels: [Int32Array.from(texts, (_, n) => n % 2)] }, options, quiet)

describe('the encoders of an ensemble', () => {
  it('are one where name, facts and learned arrays are the same, and it reads the same texts once', async () => {
    const shared = new SharedEncoders()
    const encoder = await fitted(['good soup', 'bad soup'])
    let reads = 0
    const counting: TextEncoder = {
      ...encoder,
      encode: (texts) => {
        reads++
        return encoder.encode(texts)
      },
    }
    const identity = { name: 'hash', facts: '{}', state: encoder.state }
    const [one, other] = await Promise.all([
      shared.restored(identity, async () => counting),
      shared.restored({ ...identity, state: new Map([...encoder.state].reverse()) }, () => Promise.reject()),
    ])
    expect(other).toBe(one)
    const texts = ['good']
    expect(await other.encode(texts)).toBe(await one.encode(texts))
    expect(await one.encode(['good'])).toEqual(await one.encode(texts))
    expect(reads).toBe(3)
  })

  it('are two where what they learned differs', async () => {
    const shared = new SharedEncoders()
    const encoders = [await fitted(['good soup', 'bad soup']), await fitted(['fine day', 'dull day'])]
    const restored = await Promise.all(
      encoders.map((encoder) =>
        shared.restored({ name: 'hash', facts: '{}', state: encoder.state }, async () => encoder),
      ),
    )
    expect(restored[0]).not.toBe(restored[1])
  })
})
