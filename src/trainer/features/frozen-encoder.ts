import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { canonicalJson } from '../../base/canonical-json.ts'
import { UserError } from '../../base/errors.ts'
import { hashOfFiles } from '../encoders/model-files.ts'
import { openModel } from '../encoders/open-model.ts'
import { openTokenizer } from '../encoders/tokenizer.ts'
import { type EngineChoice, engineChoices } from '../engine/engine-names.ts'
import { cacheFolder } from '../frozen/cache-folder.ts'
import { hashOfLargeFiles } from '../frozen/file-hash.ts'
import { rowsOf } from '../frozen/frozen-features.ts'
import { hasOnnxRuntime } from '../frozen/onnx-runtime.ts'
import { checkedWay, openRunner, type Way } from '../frozen/open-runner.ts'
import { RowStore } from '../frozen/row-store.ts'
import type { EncoderRunner } from '../frozen/runner.ts'
import { type EncoderName, type Pooling, poolings } from '../settings-schema.ts'
import type { EncoderFacts, EncoderListener, TextEncoder, TextEncoderSource } from './encoder.ts'
import { denseTable } from './feature-table.ts'

/**
 * Pooled states of a pretrained encoder that does not learn. They depend on the text and the model only, so they are
 * computed once and kept on disk for all trials and sweeps.
 */
export const frozenEncoder: TextEncoderSource = {
  summary: 'A pretrained encoder from Hugging Face or a folder; frozen, its features are computed once.',
  fit: (_train, options, listener) => opened(options, listener),
  restore: async (_state, facts, listener) => {
    const wanted = wantedBy(facts)
    const encoder = await opened(wanted, listener, wanted.way)
    checkSame(encoder.facts, facts, listener)
    return encoder
  },
}

interface Wanted {
  readonly encoder: EncoderName
  readonly pooling: Pooling
  readonly maxLength: number
  readonly backend: EngineChoice
}

/** Changes when rows of the same model come out differently, so that old ones are not taken. */
const FORMAT = 1

async function opened(wanted: Wanted, listener: EncoderListener, preferred?: Way['kind']): Promise<TextEncoder> {
  const { pooling, backend } = wanted
  const say = (line: string) => listener.say(line)
  const model = await openModel(wanted.encoder, { use: 'frozen', runsOnnx: hasOnnxRuntime(), say })
  const { files, config } = model
  const maxLength = Math.min(wanted.maxLength, config.longest ?? wanted.maxLength)
  const way = checkedWay(model, preferred)
  const cache = cacheFolder(process.env)
  const weights = await hashOfLargeFiles(way.weights, cache)
  const texts = hashOfFiles([files.config, files.tokenizer, ...(files.tokenizerConfig ? [files.tokenizerConfig] : [])])
  const identity = canonicalJson({ format: FORMAT, weights, texts, pooling, maxLength })
  const folder = join(cache, 'features', createHash('sha256').update(identity).digest('hex').slice(0, 32))
  const about = { encoder: model.name, pooling, max_length: String(maxLength), weights }
  const threads = threadsOfSlot(process.env)
  const features = {
    width: config.width,
    store: new RowStore(folder, { width: config.width, about, onDamage: (text) => listener.note('warn', text) }),
    tokenize: once(() => openTokenizer(files, maxLength)),
    openRunner: untilClosed(() =>
      openRunner({ files, config, pooling, threads, backend }, way, (text) => listener.note('warn', text)),
    ),
    say,
  }
  return {
    width: config.width,
    encode: async (list, options) => denseTable(await rowsOf(list, features, options?.remember ?? false), config.width),
    state: new Map(),
    facts: { encoder: wanted.encoder, pooling, max_length: wanted.maxLength, way: way.kind, weights, texts, backend },
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function untilClosed(open: () => Promise<EncoderRunner>): () => Promise<EncoderRunner> {
  let opened: Promise<EncoderRunner> | undefined
  return async () => {
    opened ??= open()
    const runner = await opened
    const close = async () => {
      opened = undefined
      await runner.close()
    }
    return { ...runner, close }
  }
}

/** Cores of the slot that a trial runs on; all of the machine when nobody has set any. */
function threadsOfSlot(env: NodeJS.ProcessEnv): number {
  const set = Number(env.OMP_NUM_THREADS)
  return Number.isInteger(set) && set > 0 ? set : availableParallelism()
}

function wantedBy(facts: EncoderFacts): Wanted & { readonly way: Way['kind'] } {
  const { encoder, pooling, max_length: maxLength, way } = facts
  const backend = engineChoices.find((name) => name === facts.backend) ?? 'auto'
  const known = poolings.find((name) => name === pooling)
  if (typeof encoder === 'string' && encoder.startsWith('hf:') && known && typeof maxLength === 'number') {
    return {
      encoder: encoder as EncoderName,
      pooling: known,
      maxLength,
      backend,
      way: way === 'onnx' ? 'onnx' : 'tensors',
    }
  }
  throw new UserError('The weights do not say which frozen encoder they belong to. They were not used.', {
    code: 'ENCODER_STATE',
  })
}

/** Heads say nonsense on features of another model. */
function checkSame(now: EncoderFacts, then: EncoderFacts, listener: EncoderListener): void {
  if (now.texts !== then.texts || (now.way === then.way && now.weights !== then.weights)) {
    const message = `${String(then.encoder)} is not the model that the heads were trained on: its files have changed. They were not used.`
    throw new UserError(message, {
      code: 'ENCODER_STATE',
      suggestions: ['Put the files of then back, or train again.'],
    })
  }
  if (now.way === then.way) return
  const [here, before] = [now, then].map(({ way }) => (way === 'onnx' ? 'the ONNX file' : 'the safetensors'))
  listener.note('info', `Features come from ${here} of ${String(then.encoder)}; in training they came from ${before}.`)
}
