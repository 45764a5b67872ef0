import { describe, expect, it } from 'vitest'
import { knownArchitecture } from '../../src/trainer/encoders/known-models.ts'
import { memoryOfFineTuning, refuseWhatCannotFit, WASM_HEAP } from '../../src/trainer/memory-check.ts'
import type { Architecture } from '../../src/trainer/model/encoder/architecture.ts'
import { encoderParameters } from '../../src/trainer/model/encoder/parameters.ts'
import { sizeOf } from '../../src/trainer/model/parameters.ts'
import { smallSettings } from './support/small-problem.ts'

const mbert = knownArchitecture('google-bert/bert-base-multilingual-cased') as Architecture
const settings = smallSettings({
  encoder: 'hf:mbert',
  unfreezeLayers: 'all',
  batchSize: 16,
  maxLength: 128,
  rdropAlpha: 0,
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
    expect(() => refuseWhatCannotFit({ body, settings }, { name: 'webgpu' })).not.toThrow()
    expect(() => refuseWhatCannotFit({ body: {}, settings }, { name: 'wasm' })).not.toThrow()
    expect(() => refuseWhatCannotFit({ body, settings }, { name: 'wasm' })).toThrow(
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
