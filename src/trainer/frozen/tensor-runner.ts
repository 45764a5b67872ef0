// Key: B texts, D width of a token's vector.
import { UserError } from '../../base/errors.ts'
import { readModelWeights } from '../encoders/model-weights.ts'
import { openEngine } from '../engine/open-engine.ts'
import { dispose, type Tensor, tensor, tidy } from '../engine/tf.ts'
import { isOfEncoder, normalizedName } from '../model/encoder/checkpoint-names.ts'
import { encode } from '../model/encoder/encode.ts'
import { loadEncoder } from '../model/encoder/load-weights.ts'
import { encoderParameters } from '../model/encoder/parameters.ts'
import { poolers } from '../model/encoder/pooling.ts'
import { tokenBatch } from '../model/encoder/token-batch.ts'
import { type EncoderRunner, type RunnerInput, TOKENS_ON_CPU, TOKENS_ON_GPU } from './runner.ts'

/**
 * Runs the encoder from its safetensors in our own operations, as a fine-tuned one is run.
 *
 * @throws {UserError} ENCODER_CONFIG for a kind of encoder that these operations are not, ENCODER_WEIGHTS, SAFETENSORS
 */
export async function openTensorRunner({ files, config, pooling, backend }: RunnerInput): Promise<EncoderRunner> {
  const { architecture } = config
  if (architecture === undefined) {
    throw new UserError(`${files.folder} cannot be computed here: ${config.notOurs}. Nothing was trained.`, {
      code: 'ENCODER_CONFIG',
    })
  }
  const { engine } = await openEngine(backend)
  const arrays = readModelWeights(files, (name) => isOfEncoder(normalizedName(name)))
  const loaded = loadEncoder(arrays, architecture, files.folder)
  arrays.clear()
  const weights = new Map(
    encoderParameters(architecture).map(({ name, shape }): [string, Tensor] => {
      return [name, tensor(loaded.weights.get(name) as Float32Array, [...shape])]
    }),
  )
  return {
    name: `our own code on ${engine.name}`,
    tokensAtOnce: /gpu/.test(engine.name) && !engine.software ? TOKENS_ON_GPU : TOKENS_ON_CPU,
    pooled: async (texts_B) => {
      const batch = tokenBatch(texts_B, architecture)
      const rows = tidy(() => poolers[pooling](encode({ architecture, weights, batch }), batch))
      const values = (await rows.data()) as Float32Array
      rows.dispose()
      return values
    },
    close: async () => dispose([...weights.values()]),
  }
}
