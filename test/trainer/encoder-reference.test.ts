import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeSafetensors, type SafetensorsArray } from '../../src/protocol/safetensors.ts'
import { readModelConfig } from '../../src/trainer/encoders/model-config.ts'
import { readModelWeights } from '../../src/trainer/encoders/model-weights.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { dispose, tensor, tidy } from '../../src/trainer/engine/tf.ts'
import type { Architecture } from '../../src/trainer/model/encoder/architecture.ts'
import { encode } from '../../src/trainer/model/encoder/encode.ts'
import { loadEncoder } from '../../src/trainer/model/encoder/load-weights.ts'
import { encoderParameters } from '../../src/trainer/model/encoder/parameters.ts'
import { tokenBatch } from '../../src/trainer/model/encoder/token-batch.ts'

const fixtures = fileURLToPath(new URL('../golden/encoders/', import.meta.url))

/** What bench/encoder-reference.py wrote down. */
interface Reference {
  readonly versions: Readonly<Record<string, string>>
  readonly config: object
  /** Shapes by the names that Hugging Face's own converter gives. */
  readonly tensors: Readonly<Record<string, number[]>>
  readonly texts: number[][]
  /** Of ONNX Runtime: by layer, text and token. */
  readonly states: number[][][][]
}

/** The same numbers as in bench/encoder-reference.py. */
function valuesOf(name: string, size: number): Float32Array {
  const bare = name.replace(/^(bert|roberta|distilbert)\./, '')
  const middle = bare.toLowerCase().includes('norm') && bare.endsWith('weight') ? 1 : 0
  let state = crc32(bare)
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    return middle + 0.8 * (state / 2 ** 32 - 0.5)
  })
}

function checkpointOf({ tensors }: Reference): Map<string, SafetensorsArray> {
  const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
  return new Map(
    Object.entries(tensors).map(([name, shape]) => [name, { shape, values: valuesOf(name, sizeOf(shape)) }]),
  )
}

/** By layer, text and token: what the given weights say. */
function statesOf(texts: readonly number[][], architecture: Architecture, weights: ReadonlyMap<string, Float32Array>) {
  const parameters = encoderParameters(architecture)
  const tensors = new Map(
    parameters.map(({ name, shape }) => [name, tensor(weights.get(name) as Float32Array, shape as number[])]),
  )
  const batch = tokenBatch(
    texts.map((ids) => Int32Array.from(ids)),
    architecture,
  )
  const { width } = architecture
  const states = tidy(() =>
    encode({ architecture, weights: tensors, batch }).map((state) => {
      const flat = state.dataSync()
      const vector = (m: number) => [...flat.subarray(m * width, (m + 1) * width)]
      return texts.map((ids, b) => ids.map((_, s) => vector(b * batch.length + s)))
    }),
  )
  dispose([...tensors.values()])
  return states
}

const flat = (states: number[][][][]) => states.flat(3)

describe('encoders of Hugging Face', () => {
  let folder: string
  beforeAll(async () => {
    await engines.wasm.open()
    folder = mkdtempSync(join(tmpdir(), 'encoders-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  for (const file of readdirSync(fixtures)) {
    const reference = JSON.parse(readFileSync(join(fixtures, file), 'utf8')) as Reference
    const { onnxruntime, transformers } = reference.versions

    it(`give what ONNX Runtime ${onnxruntime} gave for ${file.replace('.json', '')} of transformers ${transformers}`, () => {
      const config = join(folder, 'config.json')
      const safetensors = join(folder, 'model.safetensors')
      writeFileSync(config, JSON.stringify(reference.config))
      writeFileSync(safetensors, encodeSafetensors(checkpointOf(reference)))
      const { architecture } = readModelConfig(config)
      if (!architecture) throw new Error('not read')
      const { weights, unused } = loadEncoder(
        readModelWeights({ safetensors: [safetensors] }),
        architecture,
        safetensors,
      )
      expect(unused.filter((name) => !name.includes('pooler'))).toEqual([])
      const found = flat(statesOf(reference.texts, architecture, weights))
      const expected = flat(reference.states)
      expect(found.length).toBe(expected.length)
      expect(Math.max(...found.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))))).toBeLessThan(1e-4)
    })
  }
})

describe('a checkpoint', () => {
  const reference = JSON.parse(readFileSync(join(fixtures, 'bert.json'), 'utf8')) as Reference
  const architecture: Architecture = {
    family: 'bert',
    vocabulary: 30,
    width: 16,
    layers: 5,
    heads: 2,
    inner: 24,
    positions: 16,
    tokenTypes: 2,
    padding: 0,
    activation: 'gelu',
    epsilon: 1e-12,
    dropout: 0.1,
    attentionDropout: 0.1,
  }
  const given = checkpointOf(reference)
  const load = (tensors: ReadonlyMap<string, SafetensorsArray>) => loadEncoder(tensors, architecture, 'm.safetensors')

  it('may have its names without the prefix of the model, and the old names of layer norms', () => {
    const old = new Map(
      [...given].map(([name, array]) => {
        const bare = name.replace(/^bert\./, '').replace('LayerNorm.weight', 'LayerNorm.gamma')
        return [bare.replace('LayerNorm.bias', 'LayerNorm.beta'), array]
      }),
    )
    expect(load(old).weights).toEqual(load(given).weights)
  })

  it('may have heads on top, which are named and left out', () => {
    const head = { shape: [2], values: new Float32Array(2) }
    const { weights, unused } = load(new Map([...given, ['cls.predictions.bias', head]]))
    expect(unused).toEqual(expect.arrayContaining(['cls.predictions.bias']))
    expect(weights).toEqual(load(given).weights)
  })

  it('is refused with everything that is missing, too much or of another shape', () => {
    const wrong = new Map(given)
    wrong.delete('bert.encoder.layer.1.attention.self.key.bias')
    wrong.set('bert.encoder.layer.5.output.dense.bias', { shape: [16], values: new Float32Array(16) })
    wrong.set('bert.encoder.layer.0.intermediate.dense.weight', { shape: [16, 24], values: new Float32Array(384) })
    wrong.set('bert.embeddings.LayerNorm.bias', { shape: [16], values: new Int32Array(16) })
    expect(() => load(wrong)).toThrow(
      expect.objectContaining({
        code: 'ENCODER_WEIGHTS',
        message: [
          'm.safetensors does not hold the encoder that its config.json describes (bert, 5 layers, width 16, 30 tokens). Nothing was trained.',
          '  embeddings.LayerNorm.bias holds whole numbers, expected F32, F16 or BF16',
          '  encoder.layer.0.intermediate.dense.weight has shape 16x24, expected 24x16',
          '  encoder.layer.1.attention.self.key.bias missing',
          '  encoder.layer.5.output.dense.bias is not part of this encoder',
        ].join('\n'),
      }),
    )
  })

  it('of quite another model is refused in a few lines', () => {
    expect(() => load(new Map())).toThrow(/embeddings\.word_embeddings\.weight missing[\s\S]+and \d+ more$/)
  })
})
