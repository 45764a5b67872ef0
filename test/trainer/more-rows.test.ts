import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCsv } from '../../src/protocol/csv.ts'
import { trialMetrics } from '../../src/trainer/metric-names.ts'
import { attempt, builtTrainer, eventsOf, writeTexts } from './support/trainer-process.ts'

/** Words that the labelled texts have, so that a model can be sure. */
const UNLABELLED = Array.from({ length: 40 }, (_, i) => {
  return i % 2 === 0 ? `The scene was lovely and great, take ${i}` : `The battery was awful and broken, take ${i}`
})

describe('a trial with more rows than its file', () => {
  let trainer: { program: string; remove: () => void }
  let folder: string
  let params: Record<string, unknown>
  beforeAll(async () => {
    trainer = await builtTrainer()
    folder = mkdtempSync(join(tmpdir(), 'more-rows-'))
    writeTexts(join(folder, 'texts.csv'))
    // The last one is in the data file already.
    const [, known] = readFileSync(join(folder, 'texts.csv'), 'utf8').split('\n')
    const texts = [...UNLABELLED, known?.split(',')[1]?.toUpperCase()].map((text) => JSON.stringify({ text }))
    writeFileSync(join(folder, 'unlabelled.jsonl'), `${texts.join('\n')}\n`)
    params = {
      data: {
        file: join(folder, 'texts.csv'),
        id: 'id',
        tasks: { opinion: 'opinion', place: 'place' },
        split: { val: 0.2, test: 0.2, seed: 1 },
        unlabelled: { file: join(folder, 'unlabelled.jsonl') },
      },
      feature_width: 64,
      epochs: 4,
      patience: 0,
      batch_size: 16,
      augment_copies: { place: { meal: 2 } },
      word_dropout: 0.2,
      word_swap: 0.2,
      synthetic: 'smote',
      synthetic_share: 0.5,
      pseudo_rounds: 1,
      pseudo_confidence: 0.6,
      pseudo_weight: 0.5,
    }
  })
  afterAll(() => {
    trainer.remove()
    rmSync(folder, { recursive: true })
  })

  const weightsOf = (dir: string) => readFileSync(join(dir, 'weights.safetensors'))
  const judgedIds = (dir: string) =>
    ['val', 'test'].map((split) => {
      const rows = parseCsv(readFileSync(join(dir, `predictions/${split}.place.csv`), 'utf8'))
      return rows?.slice(1).map(([id]) => id)
    })

  it('counts in words what it adds, reports the last round alone, and is judged by the same rows as without', async () => {
    const [dir, plain] = [join(folder, 'more'), join(folder, 'plain')]
    const { code, stdout, stderr } = await attempt(trainer.program, dir, { params })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/\d+ altered copies of \d+ training rows added/)
    expect(stdout).toMatch(/40 unlabelled texts read; 1 row left out, because the text is there already/)
    expect(stdout).toMatch(/synthetic rows \(smote\): .*\d+ place\.film.*\d+ place\.meal/)
    expect(stdout).toMatch(/round 1 of 2: val macro-F1 [01]\.\d{4} in epoch \d/)
    expect(stdout).toMatch(/\d+ of 40 unlabelled texts are sure to 0\.6: opinion bad \d+, good \d+; place film/)
    const steps = eventsOf(dir).filter(({ event }) => event === undefined)
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(readdirSync(join(dir, 'checkpoints'))).toEqual([])
    const known = trialMetrics([
      { name: 'opinion', classes: ['bad', 'good'] },
      { name: 'place', classes: ['film', 'meal', 'phone'] },
    ])
    const result = eventsOf(dir).find(({ event }) => event === 'result')
    const reported = [...steps, result ?? {}].flatMap((event) => Object.keys(event))
    // What a sweep file may name as its metric; nothing else may be reported.
    expect(reported.filter((name) => !['step', 'event', ...known].includes(name))).toEqual([])

    const { data, feature_width, epochs, patience, batch_size } = params
    await attempt(trainer.program, plain, { params: { data, feature_width, epochs, patience, batch_size } })
    expect(judgedIds(dir)).toEqual(judgedIds(plain))
  })

  it('ends with the same weights file when it is killed in its second round and resumed', async () => {
    const [whole, cut] = [join(folder, 'more'), join(folder, 'cut')]
    const killed = await attempt(trainer.program, cut, { params, interrupt: { after: 6, signal: 'SIGKILL' } })
    expect(killed.signal).toBe('SIGKILL')
    expect(existsSync(join(cut, 'checkpoints/round-2'))).toBe(true)
    const { code, stdout } = await attempt(trainer.program, cut, { params, resume: true })
    expect(code).toBe(0)
    expect(stdout).toMatch(/Resumed after epoch 4 of 4/)
    expect(weightsOf(cut).equals(weightsOf(whole))).toBe(true)
  })
})
