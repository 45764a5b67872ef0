import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeSafetensors } from '../../../src/protocol/safetensors.ts'
import { readModelConfig } from '../../../src/trainer/encoders/model-config.ts'
import { missingFiles, modelFiles } from '../../../src/trainer/encoders/model-files.ts'
import { findModelFolder, hubCache, modelName, shownName } from '../../../src/trainer/encoders/model-folder.ts'
import { readModelWeights } from '../../../src/trainer/encoders/model-weights.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: string | Uint8Array | object) => {
  const plain = typeof content === 'string' || content instanceof Uint8Array
  writeFileSync(join(folder, name), plain ? content : JSON.stringify(content))
}

describe('the name of a model', () => {
  it('is a folder when it looks like a path or is one, and else a model of the hub', () => {
    mkdirSync(join(folder, 'mine'))
    expect(modelName('hf:mine', folder)).toEqual({ kind: 'folder', path: join(folder, 'mine') })
    expect(modelName('hf:./other', folder)).toEqual({ kind: 'folder', path: join(folder, 'other') })
    expect(modelName('hf:~/models/x', folder)).toEqual({ kind: 'folder', path: join(homedir(), 'models/x') })
    expect(modelName('hf:intfloat/e5@v2', folder)).toEqual({ kind: 'hub', id: 'intfloat/e5', revision: 'v2' })
    expect(shownName(modelName('hf:bert-base-cased', folder))).toBe('bert-base-cased')
  })

  it('is looked for where the tools of Hugging Face keep it', () => {
    expect(hubCache({ HF_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a')
    expect(hubCache({ HF_HOME: '/b', XDG_CACHE_HOME: '/c' })).toBe('/b/hub')
    expect(hubCache({ XDG_CACHE_HOME: '/c' })).toBe('/c/huggingface/hub')
    const env = { HF_HUB_CACHE: folder }
    const name = modelName('hf:org/tiny', folder)
    const model = join(folder, 'models--org--tiny')
    expect(findModelFolder(name, env)).toBeUndefined()
    mkdirSync(join(model, 'snapshots/abc'), { recursive: true })
    mkdirSync(join(model, 'refs'))
    expect(findModelFolder(name, env)).toBeUndefined()
    writeFileSync(join(model, 'refs/main'), 'abc\n')
    expect(findModelFolder(name, env)).toBe(join(model, 'snapshots/abc'))
    expect(findModelFolder(modelName('hf:org/tiny@abc', folder), env)).toBe(join(model, 'snapshots/abc'))
  })
})

describe('the files of a model', () => {
  it('are named when they are missing, by what the model is for', () => {
    expect(missingFiles(folder, 'frozen')).toEqual([
      'config.json',
      'tokenizer.json',
      'model.safetensors or onnx/model.onnx',
    ])
    for (const name of ['config.json', 'tokenizer.json', 'model.onnx']) write(name, '{}')
    expect(missingFiles(folder, 'frozen')).toEqual([])
    expect(missingFiles(folder, 'fine-tuned')).toEqual(['model.safetensors'])
  })

  it('may be shards, which are all needed and read as one', () => {
    write('config.json', '{}')
    write('tokenizer.json', '{}')
    const weight_map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' }
    write('model.safetensors.index.json', { weight_map })
    const array = (value: number) => ({ shape: [1], values: Float32Array.of(value) })
    write(weight_map.a, encodeSafetensors(new Map([['a', array(1)]])))
    expect(missingFiles(folder, 'fine-tuned')).toEqual([weight_map.b])
    write(weight_map.b, encodeSafetensors(new Map([['b', array(2)]])))
    const weights = readModelWeights(modelFiles(folder))
    expect([...weights].map(([name, { values }]) => [name, values[0]])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect([...readModelWeights(modelFiles(folder), (name) => name === 'b').keys()]).toEqual(['b'])
    write('model.safetensors.index.json', { weight_map: { a: '../elsewhere.safetensors' } })
    expect(() => missingFiles(folder, 'frozen')).toThrow(/leads out of/)
  })
})

describe('config.json', () => {
  const configOf = (config: object) => {
    write('config.json', config)
    return readModelConfig(join(folder, 'config.json'))
  }

  it('is read with the names and defaults of each family', () => {
    const shape = { vocab_size: 99, max_position_embeddings: 514 }
    const bert = { ...shape, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32 }
    expect(configOf({ ...bert, model_type: 'bert' }).architecture).toEqual({
      family: 'bert',
      vocabulary: 99,
      width: 8,
      layers: 2,
      heads: 2,
      inner: 32,
      positions: 514,
      tokenTypes: 2,
      padding: 0,
      activation: 'gelu',
      epsilon: 1e-12,
      dropout: 0.1,
      attentionDropout: 0.1,
    })
    const roberta = configOf({ ...bert, model_type: 'xlm-roberta', type_vocab_size: 1, layer_norm_eps: 1e-5 })
    expect(roberta.architecture).toMatchObject({ family: 'roberta', padding: 1, tokenTypes: 1, epsilon: 1e-5 })
    expect(roberta.longest).toBe(512)
    const distilbert = { ...shape, model_type: 'distilbert', dim: 8, n_layers: 2, n_heads: 2, hidden_dim: 16 }
    const { architecture, longest } = configOf({ ...distilbert, activation: 'relu', dropout: 0.2 })
    expect(architecture).toMatchObject({
      family: 'distilbert',
      inner: 16,
      tokenTypes: 0,
      activation: 'relu',
      dropout: 0.2,
    })
    expect(longest).toBe(514)
  })

  it('of another kind of encoder is still good for its ONNX file', () => {
    const mpnet = { model_type: 'mpnet', hidden_size: 8, num_hidden_layers: 2, vocab_size: 9, num_attention_heads: 1 }
    expect(configOf(mpnet)).toMatchObject({ width: 8, layers: 2, architecture: undefined })
    expect(configOf(mpnet).notOurs).toMatch(/it is of type mpnet; read here: bert, roberta/)
    const relative = { ...mpnet, model_type: 'bert', position_embedding_type: 'relative_key' }
    expect(configOf(relative).notOurs).toMatch(/its positions are relative_key/)
  })

  it('is refused when it describes no encoder', () => {
    expect(() => configOf({ model_type: 'bert' })).toThrow(/has no number hidden_size or dim/)
    write('config.json', '[')
    expect(() => readModelConfig(join(folder, 'config.json'))).toThrow(/cannot be used/)
  })
})
