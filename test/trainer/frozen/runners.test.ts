import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readModelConfig } from '../../../src/trainer/encoders/model-config.ts'
import { modelFiles } from '../../../src/trainer/encoders/model-files.ts'
import { openTokenizer } from '../../../src/trainer/encoders/tokenizer.ts'
import { openOnnxRunner } from '../../../src/trainer/frozen/onnx-runner.ts'
import { hasOnnxRuntime } from '../../../src/trainer/frozen/onnx-runtime.ts'
import type { EncoderRunner, RunnerInput } from '../../../src/trainer/frozen/runner.ts'
import { openTensorRunner } from '../../../src/trainer/frozen/tensor-runner.ts'
import { type Pooling, poolings } from '../../../src/trainer/settings-schema.ts'
import { type ModelOnDisk, writeModel } from '../support/model-on-disk.ts'
import { plainEncoder, plainPooling } from '../support/plain-encoder.ts'

const texts = [
  'The café was lovely, truly lovely!',
  '',
  'какой хороший фильм',
  'lovely',
  "don't can't won't it's lovely",
]

describe('a frozen encoder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runners-'))
  let model: ModelOnDisk
  beforeAll(() => {
    model = writeModel(folder, { files: ['safetensors', 'onnx'] })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const input = (pooling: Pooling): RunnerInput => {
    const files = modelFiles(folder)
    return { files, config: readModelConfig(files.config), pooling, threads: 1, backend: 'wasm' }
  }

  async function expectRows(pooling: Pooling, runner: EncoderRunner): Promise<void> {
    const ids = openTokenizer(modelFiles(folder), 24)(texts)
    const { architecture, weights } = model
    const expected = ids.flatMap((row) => plainPooling[pooling](plainEncoder([...row], architecture, weights)))
    const together = await runner.pooled(ids)
    for (const [i, value] of expected.entries()) expect(together[i]).toBeCloseTo(value, 4)
    const alone = await runner.pooled([ids[3] as Int32Array])
    const { width } = architecture
    for (const [d, value] of alone.entries()) expect(together[3 * width + d]).toBeCloseTo(value, 5)
    await runner.close()
  }

  it.each(poolings)('gives in our own operations what its papers say, pooled by %s', async (pooling) => {
    await expectRows(pooling, await openTensorRunner(input(pooling)))
  })

  const skipped = hasOnnxRuntime() ? '' : ' (skipped: onnxruntime-node is not installed)'
  it.skipIf(skipped !== '').each(poolings)(
    `gives the same in ONNX Runtime, pooled by %s${skipped}`,
    async (pooling) => {
      const { onnx } = modelFiles(folder)
      await expectRows(pooling, await openOnnxRunner(input(pooling), onnx as string))
    },
  )
})
