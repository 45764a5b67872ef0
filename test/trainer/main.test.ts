import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { attempt, builtTrainer, eventsOf, writeTexts } from './support/trainer-process.ts'

describe('the trainer as a process', () => {
  let trainer: { program: string; remove: () => void }
  beforeAll(async () => {
    trainer = await builtTrainer()
  })
  afterAll(() => trainer.remove())

  let folder: string
  let params: Record<string, unknown>
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trainer-'))
    writeTexts(join(folder, 'texts.csv'))
    params = {
      data: {
        file: join(folder, 'texts.csv'),
        text: 'text',
        id: 'id',
        tasks: { opinion: 'opinion', place: 'place' },
        split: { val: 0.2, test: 0.2, seed: 1 },
      },
      feature_width: 64,
      layers: 1,
      hidden: 16,
      epochs: 5,
      patience: 0,
      batch_size: 16,
      learning_rate: 0.02,
      adam_epsilon: 1e-8,
      gamma: 1,
      boost: { meal: 3 },
      class_weight_cap: 2,
    }
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const weightsOf = (dir: string) => readFileSync(join(dir, 'weights.safetensors'))

  it('reports each epoch, ends with a result, and leaves verified weights, predictions and details', async () => {
    const dir = join(folder, 'trial')
    const { code, stdout, stderr } = await attempt(trainer.program, dir, { params })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })

    const events = eventsOf(dir)
    const steps = events.filter(({ event }) => event === undefined)
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5])
    const names = ['val/macro_f1', 'val/macro_f1.place', 'val/f1.place.meal', 'val/loss', 'train/loss', 'lr']
    expect(Object.keys(steps[0] ?? {})).toEqual(expect.arrayContaining(names))
    const result = events.find(({ event }) => event === 'result')
    const best = steps.find(({ step }) => step === result?.best_epoch)
    expect(result?.['val/macro_f1']).toBe(best?.['val/macro_f1'])
    expect(result?.['val/macro_f1']).toBe(Math.max(...steps.map((step) => Number(step['val/macro_f1']))))
    expect(result).toMatchObject({ stopped_epoch: 5, 'test/macro_f1': expect.any(Number) })
    expect(result?.['test/f1.place.meal']).toEqual(expect.any(Number))

    const artifact = events.find(({ event }) => event === 'artifact')
    const sha256 = createHash('sha256').update(weightsOf(dir)).digest('hex')
    expect(artifact).toMatchObject({
      kind: 'weights',
      path: 'weights.safetensors',
      trained: true,
      verified: true,
      sha256,
    })
    expect(JSON.parse(readFileSync(join(dir, 'details/weights.json'), 'utf8'))).toMatchObject({
      sha256,
      verified: true,
    })

    const time = JSON.parse(readFileSync(join(dir, 'details/time.json'), 'utf8'))
    expect(Object.keys(time).sort()).toEqual(['data', 'evaluate', 'features', 'start', 'total', 'train', 'write'])
    expect(readdirSync(join(dir, 'predictions')).sort()).toEqual([
      'test.opinion.csv',
      'test.place.csv',
      'val.opinion.csv',
      'val.place.csv',
    ])
    expect(readdirSync(join(dir, 'checkpoints'))).toEqual([])

    expect(events).toContainEqual(
      expect.objectContaining({ level: 'warn', text: expect.stringMatching(/capped at 2/) }),
    )
    expect(stdout).toMatch(/sample weights 1\.00 \.\. 3\.00/)
    expect(stdout).toMatch(/^epoch 1\/5 {2}macro-F1 0\.\d{4} \(opinion 0\.\d{4}, place 0\.\d{4}\) {2}meal 0\.\d{3}/m)
  })

  it('ends with the same weights file when it is killed and resumed, whatever the signal', async () => {
    const long = { ...params, epochs: 16 }
    const whole = join(folder, 'whole')
    await attempt(trainer.program, whole, { params: long })
    for (const [signal, end] of [
      ['SIGTERM', { code: 143, signal: null }],
      ['SIGKILL', { code: null, signal: 'SIGKILL' }],
    ] as const) {
      const dir = join(folder, signal)
      const first = await attempt(trainer.program, dir, { params: long, interrupt: { after: 2, signal } })
      expect(first).toMatchObject(end)
      expect(existsSync(join(dir, 'weights.safetensors'))).toBe(false)
      expect(readdirSync(join(dir, 'checkpoints')).length).toBeGreaterThan(0)
      const second = await attempt(trainer.program, dir, { params: long, resume: true })
      expect(second.code).toBe(0)
      expect(second.stdout).toMatch(/Resumed after epoch \d+ of 16/)
      expect(second.stdout).not.toMatch(/^epoch +1\/16/m)
      expect(weightsOf(dir).equals(weightsOf(whole))).toBe(true)
      const steps = new Set(eventsOf(dir).flatMap(({ event, step }) => (event === undefined ? [step] : [])))
      expect(steps.size).toBe(16)
    }
  })

  it('starts anew, and not from an old checkpoint, when it is not to resume', async () => {
    const dir = join(folder, 'trial')
    const long = { ...params, epochs: 16 }
    await attempt(trainer.program, dir, { params: long, interrupt: { after: 2, signal: 'SIGTERM' } })
    const { stdout } = await attempt(trainer.program, dir, { params: long })
    expect(stdout).toMatch(/^epoch +1\/16/m)
  })

  it('explains what is wrong with the input in one message, as an event too, and exits with 2', async () => {
    const data = params.data as Record<string, unknown>
    const alone = join(folder, 'alone.csv')
    writeFileSync(alone, `${readFileSync(join(folder, 'texts.csv'), 'utf8')}999,One of a kind,good,unique\n`)
    const cases = {
      'missing file': [{ ...params, data: { ...data, file: join(folder, 'no.csv') } }, /no\.csv/],
      'missing column': [{ ...params, data: { ...data, tasks: { opinion: 'opinon' } } }, /opinon/],
      'class with one row': [{ ...params, data: { ...data, file: alone } }, /unique/],
      'unknown parameter': [{ ...params, learning_rat: 1 }, /learning_rate/],
      'value out of range': [{ ...params, dropout: 2 }, /dropout/],
    } as const
    for (const [name, [wrong, message]] of Object.entries(cases)) {
      const dir = join(folder, name)
      const { code, stderr } = await attempt(trainer.program, dir, { params: wrong })
      expect(code, name).toBe(2)
      expect(stderr, name).toMatch(message)
      expect(stderr, name).not.toMatch(/^ +at /m)
      expect(eventsOf(dir), name).toEqual([{ event: 'note', level: 'error', text: stderr.trim() }])
    }
  })

  it('says how it is started when it is started without anything', async () => {
    const { code, stderr } = await attempt(trainer.program, folder, { params: [] })
    expect(code).toBe(2)
    expect(stderr).toMatch(/params\.json holds no parameters: it is not an object/)
  })
})
