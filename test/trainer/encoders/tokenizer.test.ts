import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { openTokenizer } from '../../../src/trainer/encoders/tokenizer.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/tokenizers/${name}.json`, import.meta.url))

/** Made by `make.py` beside it with the tokenizers of Hugging Face for Python. */
const expected = JSON.parse(readFileSync(fixture('expected'), 'utf8')) as {
  readonly texts: readonly string[]
  readonly lengths: readonly number[]
  readonly ids: Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>
}

describe.each(Object.keys(expected.ids))('the tokenizer %s', (name) => {
  it.each(expected.lengths)('gives the ids that Python gives, cut to %i tokens', (length) => {
    const tokenize = openTokenizer({ tokenizer: fixture(name) }, length)
    const rows = tokenize(expected.texts).map((row) => [...row])
    expect(rows).toEqual(expected.ids[name]?.[length])
  })
})

describe('a tokenizer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const tokenizer = fixture('wordpiece-lower')

  it('cuts off the beginning instead where the model wants that, and keeps the special tokens', () => {
    const tokenizerConfig = join(folder, 'tokenizer_config.json')
    writeFileSync(tokenizerConfig, JSON.stringify({ truncation_side: 'left' }))
    const text = ['lovely film lovely waiter friendly café']
    const [whole = []] = openTokenizer({ tokenizer }, 64)(text)
    const [cut = []] = openTokenizer({ tokenizer, tokenizerConfig }, 4)(text)
    expect([...cut]).toEqual([whole[0], ...whole.slice(-3)])
  })

  it('is refused when the special tokens leave no room, or when its file is none', () => {
    expect(() => openTokenizer({ tokenizer }, 2)).toThrow(/max_length is 2.*special tokens/)
    const broken = join(folder, 'tokenizer.json')
    writeFileSync(broken, '{"model": {"type": "Sorcery"}}')
    expect(() => openTokenizer({ tokenizer: broken }, 8)).toThrow(/holds no tokenizer that can be used/)
    writeFileSync(broken, '{')
    expect(() => openTokenizer({ tokenizer: broken }, 8)).toThrow(/cannot be used/)
  })
})
