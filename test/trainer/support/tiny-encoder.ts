import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeSafetensors, type SafetensorsArray } from '../../../src/protocol/safetensors.ts'
import { checkpointName } from '../../../src/trainer/model/encoder/checkpoint-names.ts'
import { encoderParameters } from '../../../src/trainer/model/encoder/parameters.ts'
import { randomWeights, smallArchitecture } from './plain-encoder.ts'

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789'].flatMap((letter) => [letter, `##${letter}`])

/**
 * Makes the folder of a BERT of two layers, 32 wide, with random weights and a WordPiece vocabulary of the given words,
 * the letters and the digits; the files are those that Hugging Face has.
 */
export function writeTinyEncoder(folder: string, words: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  const vocabulary = [...SPECIAL, ...LETTERS, ...words]
  const architecture = smallArchitecture({
    vocabulary: vocabulary.length,
    width: 32,
    heads: 4,
    inner: 64,
    positions: 32,
  })
  const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content))
  write('config.json', {
    model_type: 'bert',
    vocab_size: vocabulary.length,
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 32,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
  })
  write('tokenizer_config.json', { tokenizer_class: 'BertTokenizer', do_lower_case: true, model_max_length: 32 })
  write('tokenizer.json', wordPiece(vocabulary))
  const weights = randomWeights(architecture, 0.1)
  const arrays = encoderParameters(architecture).map(({ name, shape }): [string, SafetensorsArray] => {
    const values = weights.get(name) as Float32Array
    const turned = shape.length === 2 && name.endsWith('.weight')
    const array = turned
      ? { shape: [...shape].reverse(), values: transposed(values, shape[1] as number) }
      : { shape, values }
    return [`bert.${checkpointName('bert', name)}`, array]
  })
  writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors(new Map(arrays), { format: 'pt' }))
}

function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number)
}

function wordPiece(vocabulary: readonly string[]): object {
  const special = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } })
  const text = { Sequence: { id: 'A', type_id: 0 } }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => {
      return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
    }),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), text, special('[SEP]')],
      pair: [special('[CLS]'), text, special('[SEP]'), { Sequence: { id: 'B', type_id: 1 } }, special('[SEP]')],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((it) => [it, { id: it, ids: [vocabulary.indexOf(it)], tokens: [it] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
    },
  }
}
