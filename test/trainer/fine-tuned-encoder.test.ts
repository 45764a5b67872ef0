import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fineTunedEncoder } from '../../src/trainer/features/fine-tuned-encoder.ts'
import { packedText, unpackedText } from '../../src/trainer/features/packed-text.ts'
import { writeTinyEncoder } from './support/tiny-encoder.ts'

const listener = { note: () => {}, say: () => {} }
const noTexts = { texts: [], labels: [] }

describe('an encoder that is to learn', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'encoder-'))
    writeTinyEncoder(folder, ['soup', 'waiter'])
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const opened = () =>
    fineTunedEncoder.fit(
      noTexts,
      {
        encoder: `hf:${folder}`,
        featureWidth: 64,
        pooling: 'mean',
        maxLength: 500,
        backend: 'wasm',
        unfreezeLayers: 1,
        gradientCheckpointing: false,
      },
      listener,
    )

  it('comes back from what it wrote down, without its folder', async () => {
    const { state, facts, bodyOver, width } = await opened()
    rmSync(folder, { recursive: true })
    const again = await fineTunedEncoder.restore(state, JSON.parse(JSON.stringify(facts)), listener)
    writeTinyEncoder(folder, [])
    expect(again.width).toBe(width)
    const texts = ['the soup', 'waiter waiter', '']
    expect(again.bodyOver?.(texts).costs_N).toEqual(bodyOver?.(texts).costs_N)
    expect(again.bodyOver?.(texts).parameters).toEqual(bodyOver?.(texts).parameters)
    // Never longer than the model can: it has 32 positions.
    expect(again.bodyOver?.(['soup '.repeat(90)]).costs_N).toEqual(Int32Array.of(32))
  })

  it('is refused when its tokenizer is of another model', async () => {
    const other = join(folder, 'other')
    writeTinyEncoder(other, ['soup', 'waiter', 'more'])
    copyFileSync(join(other, 'tokenizer.json'), join(folder, 'tokenizer.json'))
    const { bodyOver } = await opened()
    expect(() => bodyOver?.(['soup'])).not.toThrow()
    expect(() => bodyOver?.(['soup', 'more'])).toThrow(/gives the id 79, and the encoder has 79 tokens/)
  })

  it('is named by the weights that it starts from', async () => {
    const { start } = (await opened()).facts
    expect((await opened()).facts.start).toBe(start)
    writeTinyEncoder(folder, ['soup', 'waiter', 'more'])
    expect((await opened()).facts.start).not.toBe(start)
  })

  it('is refused when a weights file does not hold it', async () => {
    const { facts } = await opened()
    await expect(fineTunedEncoder.restore(new Map(), facts, listener)).rejects.toMatchObject({ code: 'ENCODER_STATE' })
    await expect(fineTunedEncoder.restore((await opened()).state, {}, listener)).rejects.toThrow(
      /does not describe one/,
    )
  })
})

describe('a text among arrays', () => {
  it.each(['', 'a', 'abcd', 'naïve – 电影 👍🏽'])('comes back, but for spaces behind it: %j', (text) => {
    expect(unpackedText(packedText(text)).trimEnd()).toBe(text)
  })
})
