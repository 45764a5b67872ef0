import type { EncoderFamily } from './architecture.ts'

/**
 * Our names of an encoder's arrays and those of Hugging Face checkpoints, part by part; `N` stands for the layer.
 *
 * @source the modules of modeling_bert.py, modeling_roberta.py and modeling_distilbert.py in Hugging Face transformers
 */
const bert = {
  'embeddings.words': 'embeddings.word_embeddings.weight',
  'embeddings.positions': 'embeddings.position_embeddings.weight',
  'embeddings.types': 'embeddings.token_type_embeddings.weight',
  'embeddings.norm': 'embeddings.LayerNorm',
  'layer.N.attention.query': 'encoder.layer.N.attention.self.query',
  'layer.N.attention.key': 'encoder.layer.N.attention.self.key',
  'layer.N.attention.value': 'encoder.layer.N.attention.self.value',
  'layer.N.attention.output': 'encoder.layer.N.attention.output.dense',
  'layer.N.attention.norm': 'encoder.layer.N.attention.output.LayerNorm',
  'layer.N.feed_forward.inner': 'encoder.layer.N.intermediate.dense',
  'layer.N.feed_forward.output': 'encoder.layer.N.output.dense',
  'layer.N.feed_forward.norm': 'encoder.layer.N.output.LayerNorm',
} as const

type Part = keyof typeof bert

const distilbert: Readonly<Record<Part, string>> = {
  ...bert,
  'layer.N.attention.query': 'transformer.layer.N.attention.q_lin',
  'layer.N.attention.key': 'transformer.layer.N.attention.k_lin',
  'layer.N.attention.value': 'transformer.layer.N.attention.v_lin',
  'layer.N.attention.output': 'transformer.layer.N.attention.out_lin',
  'layer.N.attention.norm': 'transformer.layer.N.sa_layer_norm',
  'layer.N.feed_forward.inner': 'transformer.layer.N.ffn.lin1',
  'layer.N.feed_forward.output': 'transformer.layer.N.ffn.lin2',
  'layer.N.feed_forward.norm': 'transformer.layer.N.output_layer_norm',
}

const names: Readonly<Record<EncoderFamily, Readonly<Record<string, string>>>> = { bert, roberta: bert, distilbert }

/** Begins the names when the checkpoint is of a model with a head on top. */
export const prefixes = ['bert.', 'roberta.', 'distilbert.'] as const

/** @param name such as `encoder.layer.3.attention.query.weight` @returns the name in a checkpoint, without prefix */
export function checkpointName(family: EncoderFamily, name: string): string {
  const own = name.replace(/^encoder\./, '')
  const layer = /^layer\.(\d+)\./.exec(own)?.[1] ?? ''
  const [, part, ending] = /^(.*?)(\.weight|\.bias)?$/.exec(own.replace(/^layer\.\d+/, 'layer.N')) ?? []
  return `${names[family][part as string]}${ending ?? ''}`.replace('.N.', `.${layer}.`)
}

/** Today's name of an array, without the prefix of its model and without TensorFlow's names of layer norms. */
export function normalizedName(name: string): string {
  const prefix = prefixes.find((it) => name.startsWith(it)) ?? ''
  return name
    .slice(prefix.length)
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias')
}

/** True for arrays of the encoder itself, in whichever layer, and false for poolers and heads. */
export const isOfEncoder = (normalized: string): boolean =>
  /^(embeddings|encoder\.layer|transformer\.layer)\./.test(normalized) && !normalized.endsWith('position_ids')
