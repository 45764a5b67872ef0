// Key: B texts, L tokens of the longest, D width of a token's vector.
import { existsSync, readFileSync } from 'node:fs'
import { EnvironmentError, UserError } from '../../base/errors.ts'
import { counted } from '../../base/human-readable.ts'
import { withLayerOutputs } from './onnx-graph.ts'
import { loadOnnxRuntime, type OnnxRuntime, type OnnxSession } from './onnx-runtime.ts'
import { layersFor, poolRows } from './pool-rows.ts'
import { type EncoderRunner, type RunnerInput, TOKENS_ON_CPU } from './runner.ts'

/** Names that exporters give the last layer's states. */
const LAST_LAYER = ['last_hidden_state', 'token_embeddings', 'hidden_states', 'output_0'] as const

/**
 * Runs the encoder's ONNX file.
 *
 * @throws {UserError} ENCODER_GRAPH when the file cannot be run or does not give what the pooling needs
 * @throws {EnvironmentError} ENCODER_RUNTIME when the runtime does not load here
 */
export async function openOnnxRunner(input: RunnerInput, path: string): Promise<EncoderRunner> {
  const { config, pooling, threads } = input
  const runtime = loaded()
  const { session, outputs } = await opened(runtime, path, input)
  return {
    name: `onnxruntime-node ${runtime.env.versions.node ?? runtime.env.versions.common ?? ''} on ${counted(threads, 'thread')}`,
    tokensAtOnce: TOKENS_ON_CPU,
    pooled: async (texts_B) => {
      const batch = paddedBatch(texts_B, config.padding)
      const answers = await session.run(feedsFor(session, runtime, batch), outputs)
      const layers = outputs.map((name) => valuesOf(answers[name], { name, path, size: batch.size * config.width }))
      const lengths_B = texts_B.map((ids) => ids.length)
      return poolRows(pooling, { layers, lengths_B, longest: batch.shape[1], width: config.width })
    },
    close: () => session.release(),
  }
}

function loaded(): OnnxRuntime {
  try {
    return loadOnnxRuntime()
  } catch (cause) {
    throw new EnvironmentError(`ONNX Runtime does not load here: ${(cause as Error).message}. Nothing was trained.`, {
      code: 'ENCODER_RUNTIME',
      suggestions: ['npm uninstall onnxruntime-node, and use a model with model.safetensors'],
      cause,
    })
  }
}

async function opened(runtime: OnnxRuntime, path: string, { config, pooling, threads }: RunnerInput) {
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Errors only: it warns of every node that it moves.
    logSeverityLevel: 3,
  }
  const wanted = layersFor(pooling, config.layers)
  try {
    if (wanted === 1) {
      const session = await runtime.InferenceSession.create(path, options)
      return { session, outputs: [lastLayerOutput(session, path)] }
    }
    const graph = withLayerOutputs(readFileSync(path), config.layers, wanted)
    if (graph === undefined || existsSync(`${path}_data`)) throw noLayers(path, wanted)
    return { session: await runtime.InferenceSession.create(graph.model, options), outputs: graph.outputs }
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw refusal(path, (cause as Error).message, cause)
  }
}

function noLayers(path: string, wanted: number): UserError {
  return refusal(path, `its last ${wanted} layers cannot be told apart, which pooling: last4_mean needs`)
}

function lastLayerOutput({ outputNames }: OnnxSession, path: string): string {
  const name = LAST_LAYER.find((known) => outputNames.includes(known)) ?? outputNames[0]
  if (name === undefined) throw refusal(path, 'it has no outputs')
  return name
}

function refusal(path: string, reason: string, cause?: unknown): UserError {
  return new UserError(`${path} cannot be used: ${reason}. Nothing was trained.`, {
    code: 'ENCODER_GRAPH',
    suggestions: ['pooling: mean or cls', 'Put model.safetensors beside it: our own code reads that.'],
    cause,
  })
}

/** Some texts as one block of ids, filled up on the right. */
interface PaddedBatch {
  readonly ids_BL: BigInt64Array
  readonly mask_BL: BigInt64Array
  /** B, L */
  readonly shape: readonly [number, number]
  readonly size: number
}

function paddedBatch(texts_B: readonly Int32Array[], padding: number): PaddedBatch {
  const longest = texts_B.reduce((length, ids) => Math.max(length, ids.length), 1)
  const size = texts_B.length * longest
  const ids_BL = new BigInt64Array(size).fill(BigInt(padding))
  const mask_BL = new BigInt64Array(size)
  for (const [b, ids] of texts_B.entries()) {
    for (let l = 0; l < ids.length; l++) ids_BL[b * longest + l] = BigInt(ids[l] as number)
    mask_BL.fill(1n, b * longest, b * longest + ids.length)
  }
  return { ids_BL, mask_BL, shape: [texts_B.length, longest], size }
}

function feedsFor({ inputNames }: OnnxSession, { Tensor }: OnnxRuntime, batch: PaddedBatch): Record<string, object> {
  const values: Readonly<Record<string, () => BigInt64Array>> = {
    input_ids: () => batch.ids_BL,
    attention_mask: () => batch.mask_BL,
    token_type_ids: () => new BigInt64Array(batch.size),
  }
  return Object.fromEntries(
    inputNames.map((name) => {
      const make = values[name]
      if (make === undefined) throw refusal('The ONNX file', `it wants ${name}, which is not known here`)
      return [name, new Tensor('int64', make(), batch.shape)]
    }),
  )
}

function valuesOf(
  answer: { readonly data: unknown; readonly dims: readonly number[] } | undefined,
  { name, path, size }: { readonly name: string; readonly path: string; readonly size: number },
): Float32Array {
  if (answer?.data instanceof Float32Array && answer.data.length === size) return answer.data
  const seen = answer === undefined ? 'nothing' : `${answer.dims.join(' x ')} of another type or size`
  throw refusal(path, `its output ${name} is ${seen}; expected float32, one vector a token`)
}
