import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeSafetensors, type SafetensorsArray } from '../../../src/protocol/safetensors.ts'
import type { Architecture } from '../../../src/trainer/model/encoder/architecture.ts'
import { checkpointName } from '../../../src/trainer/model/encoder/checkpoint-names.ts'
import { encoderParameters } from '../../../src/trainer/model/encoder/parameters.ts'
import { bertOnnx } from './bert-onnx.ts'
import { randomWeights, smallArchitecture } from './plain-encoder.ts'

const tokenizers = fileURLToPath(new URL('../../fixtures/tokenizers/', import.meta.url))

export interface ModelOnDisk {
  readonly architecture: Architecture
  /** By our names. */
  readonly weights: ReadonlyMap<string, Float32Array>
}

/** A BERT that knows as many words as the tokenizer of the fixtures. */
export const tinyBert = (changes: Partial<Architecture> = {}) =>
  smallArchitecture({ vocabulary: 400, layers: 5, positions: 64, ...changes })

/** Writes a small BERT with weights drawn at random as the tools of Hugging Face would lay it down. */
export function writeModel(
  folder: string,
  given: { readonly files?: readonly ('safetensors' | 'onnx')[]; readonly seed?: number } & Partial<Architecture> = {},
): ModelOnDisk {
  const { files = ['safetensors'], seed = 1, ...changes } = given
  const architecture = tinyBert(changes)
  const weights = randomWeights(architecture, 0.2, seed)
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configOf(architecture)))
  copyFileSync(join(tokenizers, 'wordpiece-lower.json'), join(folder, 'tokenizer.json'))
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'BertTokenizer' }))
  if (files.includes('safetensors')) {
    writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors(checkpointOf({ architecture, weights })))
  }
  if (files.includes('onnx')) writeFileSync(join(folder, 'onnx/model.onnx'), bertOnnx(architecture, weights))
  return { architecture, weights }
}

function configOf(a: Architecture): object {
  return {
    model_type: 'bert',
    vocab_size: a.vocabulary,
    hidden_size: a.width,
    num_hidden_layers: a.layers,
    num_attention_heads: a.heads,
    intermediate_size: a.inner,
    max_position_embeddings: a.positions,
    type_vocab_size: a.tokenTypes,
    pad_token_id: a.padding,
    hidden_act: 'gelu',
    layer_norm_eps: a.epsilon,
    hidden_dropout_prob: a.dropout,
    attention_probs_dropout_prob: a.attentionDropout,
  }
}

/** By the names of a checkpoint; its linear layers are outputs x inputs. */
export function checkpointOf({ architecture, weights }: ModelOnDisk): Map<string, SafetensorsArray> {
  return new Map(
    encoderParameters(architecture).map(({ name, shape }) => {
      const values = weights.get(name) as Float32Array
      const turned = shape.length === 2 && name.endsWith('.weight')
      const array = turned ? transposed(values, shape as [number, number]) : { shape, values }
      return [`bert.${checkpointName('bert', name)}`, array]
    }),
  )
}

function transposed(values: Float32Array, [rows, columns]: readonly [number, number]): SafetensorsArray {
  const turned = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number)
  return { shape: [columns, rows], values: turned }
}
