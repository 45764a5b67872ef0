import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { UserError } from '../../base/errors.ts'
import { readModelWeights } from '../encoders/model-weights.ts'
import { type OpenModel, openModel } from '../encoders/open-model.ts'
import { type Tokenize, tokenizerOf } from '../encoders/tokenizer.ts'
import type { Architecture } from '../model/encoder/architecture.ts'
import { isOfEncoder, normalizedName } from '../model/encoder/checkpoint-names.ts'
import { fineTunedBody } from '../model/encoder/fine-tuned-body.ts'
import { loadEncoder } from '../model/encoder/load-weights.ts'
import type { NamedArrays } from '../model/parameters.ts'
import { type Pooling, poolings } from '../settings-schema.ts'
import type { EncoderArray, EncoderFacts, EncoderOptions, TextEncoder, TextEncoderSource } from './encoder.ts'
import { denseTable } from './feature-table.ts'
import { packedText, unpackedText } from './packed-text.ts'

/**
 * A pretrained encoder whose upper layers learn with the heads. Its tokenizer and all its arrays go into the weights
 * file, so that the trained model needs nothing else.
 */
export const fineTunedEncoder: TextEncoderSource = {
  summary: 'A pretrained encoder from Hugging Face or a folder whose layers learn with the heads.',
  fit: async (_train, options, listener) => {
    const model = await openModel(options.encoder, { use: 'fine-tuned', runsOnnx: false, say: listener.say })
    const architecture = ownArchitecture(model)
    const arrays = readModelWeights(model.files, (name) => isOfEncoder(normalizedName(name)))
    const { weights } = loadEncoder(arrays, architecture, model.files.folder)
    const { tokenizer, tokenizerConfig } = model.files
    const state = new Map<string, EncoderArray>([
      [TOKENIZER, packedText(readFileSync(tokenizer, 'utf8'))],
      [TOKENIZER_CONFIG, packedText(tokenizerConfig === undefined ? '{}' : readFileSync(tokenizerConfig, 'utf8'))],
    ])
    const facts = {
      encoder: options.encoder,
      pooling: options.pooling,
      max_length: Math.min(options.maxLength, model.config.longest ?? options.maxLength),
      unfreeze_layers: options.unfreezeLayers,
      architecture: JSON.stringify(architecture),
      start: hashOf(weights),
    }
    return encoderOf({ ...wantedBy(facts), recompute: options.gradientCheckpointing, start: weights, state, facts })
  },
  restore: async (arrays, facts) => {
    const state = new Map([TOKENIZER, TOKENIZER_CONFIG].map((name) => [name, arrays.get(name) ?? refuse(`no ${name}`)]))
    return encoderOf({ ...wantedBy(facts), recompute: false, start: new Map(), state, facts })
  },
}

const TOKENIZER = 'encoder.tokenizer'
const TOKENIZER_CONFIG = 'encoder.tokenizer_config'

interface Wanted {
  readonly architecture: Architecture
  readonly pooling: Pooling
  readonly maxLength: number
  readonly unfrozen: EncoderOptions['unfreezeLayers']
}

interface Parts extends Wanted {
  readonly recompute: boolean
  readonly start: NamedArrays
  readonly state: ReadonlyMap<string, EncoderArray>
  readonly facts: EncoderFacts
}

function encoderOf(parts: Parts): TextEncoder {
  const { architecture, state, facts } = parts
  const tokenize = tokenizerIn(state, parts.maxLength)
  return {
    width: architecture.width,
    encode: async () => denseTable(new Float32Array(), architecture.width),
    bodyOver: (texts) => fineTunedBody({ ...parts, tokens_N: known(tokenize(texts), architecture) }),
    state,
    facts,
  }
}

function tokenizerIn(state: ReadonlyMap<string, EncoderArray>, maxLength: number): Tokenize {
  const [tokenizer, config] = [TOKENIZER, TOKENIZER_CONFIG].map((name) => {
    return JSON.parse(unpackedText(state.get(name) as Int32Array)) as Record<string, unknown>
  })
  return tokenizerOf(
    { tokenizer: tokenizer ?? {}, config: config ?? {}, source: 'the tokenizer of the encoder' },
    maxLength,
  )
}

/** An id behind the end of the table would be a row of something else, or of zeros, on some engines. */
function known(tokens_N: Int32Array[], { vocabulary }: Architecture): Int32Array[] {
  const beyond = tokens_N.flatMap((ids) => [...ids.filter((id) => id >= vocabulary)])[0]
  if (beyond === undefined) return tokens_N
  throw new UserError(
    `The tokenizer gives the id ${beyond}, and the encoder has ${vocabulary} tokens: they are not of the same model. Nothing was trained.`,
    { code: 'TOKENIZER', suggestions: ['Take tokenizer.json and the weights from the same model.'] },
  )
}

function ownArchitecture({ config, files }: OpenModel): Architecture {
  if (config.architecture) return config.architecture
  throw new UserError(`${files.folder} cannot be fine-tuned: ${config.notOurs}. Nothing was trained.`, {
    code: 'ENCODER_CONFIG',
    suggestions: ['Use it frozen (unfreeze_layers: 0), or take a model of BERT, RoBERTa or DistilBERT.'],
  })
}

/** SHA-256 of the arrays that training starts from, whichever file they came in. */
function hashOf(weights: NamedArrays): string {
  const hash = createHash('sha256')
  for (const [name, values] of weights) {
    hash.update(`${name} ${values.length}\n`)
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  return hash.digest('hex')
}

function wantedBy({ pooling, max_length, unfreeze_layers, architecture }: EncoderFacts): Wanted {
  const known = poolings.find((name) => name === pooling)
  const unfrozen = unfreeze_layers === 'all' || typeof unfreeze_layers === 'number' ? unfreeze_layers : undefined
  if (known && unfrozen !== undefined && typeof max_length === 'number' && typeof architecture === 'string') {
    // Written by this file as it is; the arrays are checked against it.
    return { architecture: JSON.parse(architecture) as Architecture, pooling: known, maxLength: max_length, unfrozen }
  }
  return refuse('its header does not describe one')
}

function refuse(reason: string): never {
  throw new UserError(`The weights hold no fine-tuned encoder: ${reason}. They were not used.`, {
    code: 'ENCODER_STATE',
    suggestions: ['Train the trial again with this release.'],
  })
}
