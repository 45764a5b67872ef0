import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensorsMetadata,
  type SafetensorsArray,
} from '../../src/protocol/safetensors.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const arrays = new Map<string, SafetensorsArray>([
  ['b', { shape: [2, 3], values: Float32Array.of(1, -2.5, Number.NaN, Number.POSITIVE_INFINITY, 0, 1e-40) }],
  ['a', { shape: [], values: Int32Array.of(-7) }],
  ['c', { shape: [2], values: BigInt64Array.of(2n ** 40n, -1n) }],
  ['empty', { shape: [0, 4], values: new Float32Array() }],
])
const file = encodeSafetensors(arrays, { trained: 'true', note: 'ü' })

/** A file with this header and data, whether that makes sense or not. */
function made(header: unknown, data: Uint8Array = new Uint8Array(8)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, data])
}
const f32 = (shape: unknown, offsets: unknown, dtype = 'F32') => ({ dtype, shape, data_offsets: offsets })

describe('safetensors', () => {
  it('gives back what was written, bit by bit, whatever the file is a part of', () => {
    const inside = Buffer.concat([Buffer.alloc(3), file]).subarray(3)
    for (const content of [file, inside]) {
      const { tensors, metadata } = decodeSafetensors(content)
      expect(new Map([...tensors].sort())).toEqual(new Map([...arrays].sort()))
      expect(metadata).toEqual({ trained: 'true', note: 'ü' })
    }
  })

  it('writes equal bytes for equal content, whatever the order', () => {
    expect(encodeSafetensors(new Map([...arrays].reverse()), { trained: 'true', note: 'ü' })).toEqual(file)
  })

  it('reads half precision: zero, the smallest, one, the largest, infinity', () => {
    const halves = new Uint8Array(Uint16Array.of(0, 0x8000, 1, 0x3c00, 0x7bff, 0xfc00, 0x7e00, 0x3555).buffer)
    const { tensors } = decodeSafetensors(made({ h: f32([8], [0, 16], 'F16') }, halves))
    const expected = [0, -0, 2 ** -24, 1, 65504, Number.NEGATIVE_INFINITY, Number.NaN, 0.333251953125]
    expect([...(tensors.get('h')?.values ?? [])]).toEqual(expected)
  })

  it('reads bfloat16 as the upper half of a float', () => {
    const halves = new Uint8Array(Uint16Array.of(0x3f80, 0xc040, 0x7f80).buffer)
    const { tensors } = decodeSafetensors(made({ h: f32([3], [0, 6], 'BF16') }, halves))
    expect([...(tensors.get('h')?.values ?? [])]).toEqual([1, -3, Number.POSITIVE_INFINITY])
  })

  it('says its metadata alone, also of number types that are not read here, and refuses what begins wrongly', async () => {
    const path = join(temporaryFolder(), 'w.safetensors')
    const strange = made({ __metadata__: { trained: 'true' }, t: f32([1], [0, 8], 'F64') })
    writeFileSync(path, strange)
    expect(await readSafetensorsMetadata(path)).toEqual({ trained: 'true' })
    for (const content of [new Uint8Array(), strange.subarray(0, 7), strange.subarray(0, 40), made('[]')]) {
      writeFileSync(path, content)
      await expect(readSafetensorsMetadata(path)).rejects.toThrow(/w\.safetensors is not a sound safetensors file/)
    }
  })

  it.each([
    ['nothing', new Uint8Array(), /it has 0 bytes/],
    ['a length beyond the file', made('{}').subarray(0, 9), /cut off/],
    ['a length beyond all memory', Buffer.alloc(8, 0xff), /header should have 18446744073709551615 bytes/],
    ['no JSON', made('{'), /header is not a JSON object/],
    ['a list', made('[]'), /header is not a JSON object/],
    ['an unknown number type', made({ t: f32([1], [0, 8], 'F64') }), /tensor t has number type F64; read here: F32/],
    ['a number type named like a method', made({ t: f32([1], [0, 8], 'toString') }), /number type toString/],
    ['a shape that does not fit', made({ t: f32([3], [0, 8]) }), /shape 3 \(12 bytes\) and 8 bytes/],
    ['a negative side', made({ t: f32([-2], [0, 8]) }), /has no shape/],
    ['offsets beyond the data', made({ t: f32([4], [0, 16]) }), /from byte 0 to 16 of 8/],
    ['offsets that run backwards', made({ t: f32([2], [8, 0]) }), /from byte 8 to 0/],
    ['a gap', made({ t: f32([1], [4, 8]) }), /do not cover/],
    ['an overlap', made({ t: f32([1], [0, 4]), u: f32([2], [0, 8]) }), /overlap/],
    ['metadata that is not text', made({ __metadata__: { a: 1 }, t: f32([2], [0, 8]) }), /metadata a is not text/],
  ])('refuses %s', (_, content, message) => {
    expect(() => decodeSafetensors(content, 'w.safetensors')).toThrow(message)
    expect(() => decodeSafetensors(content, 'w.safetensors')).toThrow(/^w\.safetensors is not a sound/)
  })

  it('refuses every file that is cut off, and never breaks on a damaged one', () => {
    for (let end = 0; end < file.length; end++) expect(() => decodeSafetensors(file.subarray(0, end))).toThrow(/sound/)
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
        const damaged = file.slice()
        damaged[at] = byte
        try {
          decodeSafetensors(damaged)
        } catch (error) {
          expect(String(error)).toMatch(/is not a sound safetensors file/)
        }
      }),
    )
  })
})
