import type { Architecture } from '../model/encoder/architecture.ts'

const base: Architecture = {
  family: 'bert',
  vocabulary: 119_547,
  width: 768,
  layers: 12,
  heads: 12,
  inner: 3072,
  positions: 512,
  tokenTypes: 2,
  padding: 0,
  activation: 'gelu',
  epsilon: 1e-12,
  dropout: 0.1,
  attentionDropout: 0.1,
}

/**
 * What is known of some models before they are on a machine: enough to say how much memory fine-tuning them takes. Once
 * they are there, their own `config.json` counts.
 *
 * @source their config.json on huggingface.co
 */
const known: Readonly<Record<string, Architecture>> = {
  'bert-base-multilingual-cased': base,
  'bert-base-cased': { ...base, vocabulary: 28_996 },
  'bert-base-uncased': { ...base, vocabulary: 30_522 },
  'distilbert-base-multilingual-cased': { ...base, family: 'distilbert', layers: 6, tokenTypes: 0 },
  'xlm-roberta-base': {
    ...base,
    family: 'roberta',
    vocabulary: 250_002,
    positions: 514,
    tokenTypes: 1,
    padding: 1,
    epsilon: 1e-5,
  },
}

/** @param id on the hub, with or without its organisation */
export const knownArchitecture = (id: string): Architecture | undefined => known[id.split('/').at(-1) as string]
