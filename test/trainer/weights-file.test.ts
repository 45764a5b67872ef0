import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { dispose } from '../../src/trainer/engine/tf.ts'
import { initialValues } from '../../src/trainer/model/parameters.ts'
import { prepareTrial } from '../../src/trainer/prepare-trial.ts'
import { reportTo } from '../../src/trainer/report-to-sweep.ts'
import { Stopwatch } from '../../src/trainer/stopwatch.ts'
import { evaluate, logitsOfRows } from '../../src/trainer/training/evaluate.ts'
import { parametersOfAll, toTensors } from '../../src/trainer/training/learner-state.ts'
import { verifyWeights, writeWeights } from '../../src/trainer/weights-file.ts'
import { writeTexts } from './support/trainer-process.ts'

describe('a weights file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weights-'))
  const path = join(folder, 'weights.safetensors')
  beforeAll(async () => {
    await engines.wasm.open()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function written(metadata: Record<string, string>) {
    writeTexts(join(folder, 'texts.csv'))
    const tasks = { opinion: 'opinion', place: 'place' }
    const params = { data: { file: join(folder, 'texts.csv'), text: 'text', id: 'id', tasks }, feature_width: 64 }
    const report = reportTo(join(folder, 'events.ndjson'), () => {})
    const trial = await prepareTrial({ params, seed: 1 }, { report, stopwatch: new Stopwatch(systemClock) })
    const parameters = parametersOfAll(trial)
    const arrays = initialValues(parameters, 1)
    const weights = toTensors(parameters, arrays)
    const rows_N = trial.dataset.splits.val
    const expected = await evaluate(await logitsOfRows(weights, { ...trial, rows_N }), trial.plans, rows_N)
    dispose([...weights.values()])
    writeWeights(path, arrays, { trial, metadata })
    return { trial, expected, listener: report }
  }

  it('predicts the validation texts from itself alone as the model did, to the last bit', async () => {
    const about = await written({ trained: 'true' })
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
    expect(await verifyWeights(path, about)).toEqual({ sha256, bytes: readFileSync(path).length })
  })

  it('is refused when one bit of a weight is another', async () => {
    const about = await written({ trained: 'true' })
    const content = readFileSync(path)
    // The last number of the file belongs to a weight matrix; its top byte holds sign and exponent.
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 0x80
    writeFileSync(path, content)
    await expect(verifyWeights(path, about)).rejects.toThrow(/does not hold the trained weights/)
  })

  it('is refused when it does not say that it was trained', async () => {
    const about = await written({})
    await expect(verifyWeights(path, about)).rejects.toThrow(/does not hold the trained weights/)
  })
})
