import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encoderNotes, prepareEncoders, requireEncoders } from '../../src/app/encoders.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { spec as aSpec } from '../fixtures/a-spec.ts'
import { writeModel } from '../trainer/support/model-on-disk.ts'
import { writeTexts } from '../trainer/support/trainer-process.ts'

let folder: string
const before = process.env.SWEEP_CACHE
beforeEach(() => {
  folder = temporaryFolder()
  process.env.SWEEP_CACHE = join(folder, 'cache')
  writeModel(join(folder, 'model'))
  writeTexts(join(folder, 'texts.csv'), 60)
})
afterEach(() => {
  if (before === undefined) delete process.env.SWEEP_CACHE
  else process.env.SWEEP_CACHE = before
})

function spec(encoder: string): SweepSpec {
  const data = { file: 'texts.csv', tasks: { opinion: 'opinion' } }
  const parameters = { pooling: { distribution: 'categorical' as const, values: ['cls', 'mean'] } }
  return {
    ...aSpec,
    trainer: { kind: 'builtin', name: 'text-classifier' },
    fixed: { data, encoder, max_length: 16 },
    space: { ...aSpec.space, parameters },
  }
}

describe('the encoders of a sweep', () => {
  it('are made ready once for each kind of features that its trials may need', async () => {
    const lines: string[] = []
    const onPreparing = (line: string) => lines.push(line)
    expect(await prepareEncoders(spec('hf:./model'), { folder }, { onPreparing })).toBe(true)
    expect(lines.filter((line) => / texts computed in /.test(line))).toHaveLength(2)
    lines.length = 0
    expect(await prepareEncoders(spec('hf:model'), { folder }, { onPreparing })).toBe(true)
    expect(lines.filter((line) => / 0 are computed now/.test(line))).toHaveLength(2)
  })

  it('cost nothing when there are none', async () => {
    const lines: string[] = []
    expect(await prepareEncoders(spec('hash'), { folder }, { onPreparing: (line) => lines.push(line) })).toBe(true)
    expect(await encoderNotes(spec('hash'), { folder })).toEqual([])
    expect(lines).toEqual([])
  })

  it('stop being made ready when a person stops the sweep', async () => {
    const stop = new AbortController()
    const preparing = prepareEncoders(spec('hf:./model'), { folder }, { signal: stop.signal })
    stop.abort()
    expect(await preparing).toBe(false)
  })

  it('are named with what is missing, and refused before a start', async () => {
    expect(await encoderNotes(spec('hf:./model'), { folder })).toEqual([
      expect.stringMatching(/^encoder: hf:\.\/model is here\. Its features are computed once/),
    ])
    await requireEncoders(spec('hf:./model'), { folder })
    const [note] = await encoderNotes(spec('hf:./modle'), { folder })
    expect(note).toMatch(/there is no folder .*modle\. Every trial with encoder: hf:\.\/modle would fail/)
    const refused = requireEncoders(spec('hf:./modle'), { folder })
    await expect(refused).rejects.toMatchObject({ code: 'ENCODER_MISSING', exitCode: 3 })
    await expect(refused).rejects.toThrow(/No trial was started\.$/)
  })
})
