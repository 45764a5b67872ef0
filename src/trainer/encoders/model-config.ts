import { UserError } from '../../base/errors.ts'
import type { Architecture, EncoderFamily } from '../model/encoder/architecture.ts'
import { readJson } from './model-files.ts'

/** What `config.json` says of any encoder; enough to run one whose graph we have. */
export interface ModelConfig {
  /** `model_type`, such as `bert`. */
  readonly type: string
  /** Width of a token's vector. */
  readonly width: number
  readonly layers: number
  /** The id that fills up short texts. */
  readonly padding: number
  /** Tokens of a text at most, special ones included; undefined = no end that the file tells. */
  readonly longest: number | undefined
  /** Undefined for kinds of encoders that we cannot compute ourselves; {@link notOurs} says why. */
  readonly architecture: Architecture | undefined
  readonly notOurs: string | undefined
}

type Raw = Readonly<Record<string, unknown>>

/** Kinds whose layers are those of the family, under the names that `model_type` has for them. */
const FAMILIES: Readonly<Record<string, EncoderFamily>> = {
  bert: 'bert',
  roberta: 'roberta',
  'xlm-roberta': 'roberta',
  camembert: 'roberta',
  distilbert: 'distilbert',
}

const ACTIVATIONS: Readonly<Record<string, Architecture['activation']>> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
}

/**
 * Reads `config.json`, with the defaults that the configuration classes of Hugging Face have.
 *
 * @throws {UserError} ENCODER_CONFIG when a number that every encoder has is missing, ENCODER_FILES when it is no JSON
 */
export function readModelConfig(path: string): ModelConfig {
  const raw = readJson(path)
  const type = typeof raw.model_type === 'string' ? raw.model_type : 'unknown'
  const need = (...names: string[]) => positive(raw, names) ?? refuse(path, names)
  const width = need('hidden_size', 'dim', 'd_model')
  const layers = need('num_hidden_layers', 'n_layers', 'num_layers')
  const padding = positive(raw, ['pad_token_id']) ?? (FAMILIES[type] === 'roberta' ? 1 : 0)
  const positions = positive(raw, ['max_position_embeddings'])
  // RoBERTa counts positions from behind the padding id.
  const lost = FAMILIES[type] === 'roberta' ? padding + 1 : 0
  const notOurs = reasonAgainst(raw, type)
  const family = FAMILIES[type]
  const vocabulary = positive(raw, ['vocab_size'])
  const heads = positive(raw, ['num_attention_heads', 'n_heads'])
  const known = family !== undefined && notOurs === undefined && vocabulary !== undefined && heads !== undefined
  const architecture: Architecture | undefined = known
    ? {
        family,
        vocabulary,
        width,
        layers,
        heads,
        inner: positive(raw, ['intermediate_size', 'hidden_dim']) ?? 4 * width,
        positions: positions ?? 512,
        tokenTypes: family === 'distilbert' ? 0 : (positive(raw, ['type_vocab_size']) ?? 2),
        padding,
        activation: activationOf(raw) ?? 'gelu',
        epsilon: numberOf(raw.layer_norm_eps) ?? 1e-12,
        dropout: numberOf(raw.hidden_dropout_prob ?? raw.dropout) ?? 0.1,
        attentionDropout: numberOf(raw.attention_probs_dropout_prob ?? raw.attention_dropout) ?? 0.1,
      }
    : undefined
  const longest = positions === undefined ? undefined : positions - lost
  return { type, width, layers, padding, longest, architecture, notOurs }
}

function activationOf(raw: Raw): Architecture['activation'] | undefined {
  const name = raw.hidden_act ?? raw.activation ?? 'gelu'
  return typeof name === 'string' && Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined
}

/** Why our own code does not compute such an encoder, as the end of a sentence. */
function reasonAgainst(raw: Raw, type: string): string | undefined {
  if (FAMILIES[type] === undefined) return `it is of type ${type}; read here: ${Object.keys(FAMILIES).join(', ')}`
  if (activationOf(raw) === undefined) return `its activation is ${String(raw.hidden_act ?? raw.activation)}`
  const places = raw.position_embedding_type ?? 'absolute'
  if (places !== 'absolute') return `its positions are ${String(places)}`
  if (positive(raw, ['vocab_size']) === undefined) return 'its config.json has no vocab_size'
  if (positive(raw, ['num_attention_heads', 'n_heads']) === undefined) return 'its config.json has no number of heads'
  return undefined
}

const numberOf = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)

/** The first of these that is a whole number of at least 0. */
function positive(raw: Raw, names: readonly string[]): number | undefined {
  const found = names.map((name) => raw[name]).find((value) => Number.isInteger(value) && (value as number) >= 0)
  return found as number | undefined
}

function refuse(path: string, names: readonly string[]): never {
  throw new UserError(
    `${path} has no number ${names.join(' or ')}, so it does not describe an encoder. Nothing was trained.`,
    {
      code: 'ENCODER_CONFIG',
      suggestions: ['Take the folder of an encoder, such as bert-base-multilingual-cased.'],
    },
  )
}
