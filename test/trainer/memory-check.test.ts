import { describe, expect, it } from 'vitest'
import { knownArchitecture } from '../../src/trainer/encoders/known-models.ts'
import { memoryOfFineTuning, refuseWhatCannotFit, WASM_HEAP } from '../../src/trainer/memory-check.ts'
import type { Architecture } from '../../src/trainer/model/encoder/architecture.ts'
import { encoderParameters } from '../../src/trainer/model/encoder/parameters.ts'
import { headsMemory } from '../../src/trainer/model/heads-memory.ts'
import { type HeadShape, sizeOf } from '../../src/trainer/model/parameters.ts'
import { smallSettings } from './support/small-problem.ts'

const mbert = knownArchitecture('google-bert/bert-base-multilingual-cased') as Architecture
const settings = smallSettings({
  encoder: 'hf:mbert',
  unfreezeLayers: 'all',
  batchSize: 16,
  maxLength: 128,
  rdropAlpha: 0,
})
const headOf = (hidden: number): HeadShape => ({
  ...{ task: 'tone', width: 768, hidden, layers: 3, classes: 3, activation: 'relu', layerNorm: false },
})
const needs = (changes: Parameters<typeof smallSettings>[0] = {}) =>
  memoryOfFineTuning(mbert, { ...settings, ...changes }, 512)

describe('the memory that fine-tuning takes', () => {
  it('is counted for multilingual BERT, whose 177 million numbers and their optimizer alone fill 3.3 GiB', () => {
    const numbers = encoderParameters(mbert).reduce((sum, it) => sum + sizeOf(it), 0)
    // 178 million with the pooler, which heads of their own replace.
    expect(numbers).toBe(177_262_848)
    expect(needs()).toBeGreaterThan(5 * 4 * numbers)
  })

  it('falls with fewer layers, shorter texts, smaller batches and layers that are computed again', () => {
    expect(needs({ unfreezeLayers: 2 })).toBeLessThan(needs() / 2)
    expect(needs({ maxLength: 64 })).toBeLessThan(needs())
    expect(needs({ batchSize: 8 })).toBeLessThan(needs())
    expect(needs({ gradientCheckpointing: true })).toBeLessThan(needs())
    expect(needs({ rdropAlpha: 0.6 })).toBe(needs({ batchSize: 32 }))
    expect(memoryOfFineTuning(mbert, settings, 64)).toBe(needs({ maxLength: 64 }))
  })

  it('is refused on wasm where it cannot fit, with what would make it smaller, and nowhere else', () => {
    const body = { stepMemory: () => WASM_HEAP + 1 }
    const plans = [{ head: headOf(64) }]
    expect(() => refuseWhatCannotFit({ body, plans, settings }, { name: 'webgpu' })).not.toThrow()
    expect(() => refuseWhatCannotFit({ body: {}, plans, settings }, { name: 'wasm' })).not.toThrow()
    expect(() => refuseWhatCannotFit({ body, plans, settings }, { name: 'wasm' })).toThrow(
      expect.objectContaining({
        code: 'MEMORY_TOO_SMALL',
        message: expect.stringMatching(
          /^A training step of hf:mbert takes about 4\.0 GiB .+ end at 4\.0 GiB\. Nothing was trained\.$/,
        ),
        suggestions: expect.arrayContaining([
          'gradient_checkpointing: true',
          expect.stringMatching(/^unfreeze_layers: 2/),
        ]),
      }),
    )
  })
})

describe('the memory that heads take', () => {
  const fits = (hidden: number, available: number) =>
    refuseWhatCannotFit({ body: {}, plans: [{ head: headOf(hidden) }], settings }, { name: 'wasm' }, available)

  it('is five times their weights and what their layers give, and more with averaged weights', () => {
    const weights = 2 * 768 * 768 + 768 * 768 + 768 * 3 + 3 * 768 + 3
    expect(headsMemory([headOf(768)], 0, false)).toBe(5 * 4 * weights)
    expect(headsMemory([headOf(768)], 0, true)).toBe(6 * 4 * weights)
    expect(headsMemory([headOf(768)], 48, false)).toBe(5 * 4 * weights + 4 * 48 * (8 * 3 * 768 + 2 * 768))
  })

  it('is refused where the heap of wasm or the machine ends', () => {
    const plenty = 2 ** 40
    expect(() => fits(768, plenty)).not.toThrow()
    expect(() => fits(10_240, plenty)).toThrow(/about 4\.\d GiB of memory, and those of backend wasm end at 4\.0 GiB/)
    expect(() => fits(768, 2 ** 20)).toThrow(/this machine has 1\.0 MiB free\. Nothing was trained/)
  })
})
