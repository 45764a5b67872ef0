import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decodeSafetensors } from '../../src/protocol/safetensors.ts'
import { writeTinyEncoder } from './support/tiny-encoder.ts'
import { attempt, builtTrainer, eventsOf, writeTexts } from './support/trainer-process.ts'

const WORDS =
  'the was number fine lovely great superb poor awful dull broken scene actor plot battery screen call soup waiter'

describe('an encoder that learns with the heads, in a trial', () => {
  let trainer: { program: string; remove: () => void }
  let folder: string
  let params: Record<string, unknown>
  beforeAll(async () => {
    trainer = await builtTrainer()
    folder = mkdtempSync(join(tmpdir(), 'fine-tuning-'))
    writeTexts(join(folder, 'texts.csv'))
    writeTinyEncoder(join(folder, 'tiny-bert'), WORDS.split(' '))
  }, 60_000)
  afterAll(() => {
    trainer.remove()
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => {
    params = {
      data: {
        file: join(folder, 'texts.csv'),
        id: 'id',
        tasks: { opinion: 'opinion', place: 'place' },
        split: { val: 0.2, test: 0.2, seed: 1 },
      },
      encoder: `hf:${join(folder, 'tiny-bert')}`,
      backend: 'wasm',
      pooling: 'last4_mean',
      unfreeze_layers: 'all',
      gradient_checkpointing: true,
      max_length: 24,
      layers: 0,
      epochs: 6,
      patience: 0,
      batch_size: 16,
      learning_rate: 2e-3,
      adam_epsilon: 1e-8,
    }
  })

  const weightsOf = (dir: string) => readFileSync(join(dir, 'weights.safetensors'))
  const arraysIn = (path: string) => decodeSafetensors(readFileSync(path)).tensors
  const arraysOf = (dir: string) => arraysIn(join(dir, 'weights.safetensors'))

  it('learns, and ends with the same weights file when it is killed in the middle of an epoch and resumed', async () => {
    const whole = join(folder, 'whole')
    const { code, stderr, stdout } = await attempt(trainer.program, whole, { params })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const result = eventsOf(whole).find(({ event }) => event === 'result')
    expect(result?.['test/macro_f1']).toBeGreaterThan(0.9)
    expect(stdout).toMatch(/weights verified/)

    const killed = join(folder, 'killed')
    const first = await attempt(trainer.program, killed, { params, interrupt: { after: 2, signal: 'SIGKILL' } })
    expect(first.signal).toBe('SIGKILL')
    expect(readdirSync(join(killed, 'checkpoints')).length).toBeGreaterThan(0)
    const second = await attempt(trainer.program, killed, { params, resume: true })
    expect(second.stdout).toMatch(/Resumed after epoch \d+ of 6/)
    expect(weightsOf(killed).equals(weightsOf(whole))).toBe(true)
  }, 60_000)

  it('changes the unfrozen layers alone, and its file holds the others as they were, so that it needs no other', async () => {
    const dir = join(folder, 'last-layer')
    const { code, stderr } = await attempt(trainer.program, dir, {
      params: { ...params, unfreeze_layers: 1, epochs: 1 },
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const trained = arraysOf(dir)
    const start = arraysIn(join(folder, 'tiny-bert', 'model.safetensors'))
    const same = (ours: string, theirs: string) => {
      const [a, b] = [trained.get(ours)?.values, start.get(theirs)?.values]
      return a !== undefined && b !== undefined && Buffer.from(a.buffer).equals(Buffer.from(b.buffer))
    }
    expect(same('encoder.embeddings.words', 'bert.embeddings.word_embeddings.weight')).toBe(true)
    expect(same('encoder.layer.0.attention.query.bias', 'bert.encoder.layer.0.attention.self.query.bias')).toBe(true)
    expect(same('encoder.layer.1.attention.query.bias', 'bert.encoder.layer.1.attention.self.query.bias')).toBe(false)
    expect([...trained.keys()]).toEqual(expect.arrayContaining(['encoder.tokenizer', 'opinion.output.weight']))
  })

  it('starts anew when the weights that it starts from have changed since the checkpoint', async () => {
    const other = join(folder, 'other-bert')
    cpSync(join(folder, 'tiny-bert'), other, { recursive: true })
    const dir = join(folder, 'changed')
    const moved = { ...params, encoder: `hf:${other}`, epochs: 3 }
    await attempt(trainer.program, dir, { params: moved, interrupt: { after: 2, signal: 'SIGKILL' } })
    writeTinyEncoder(other, [...WORDS.split(' '), 'more'])
    const { stdout, code } = await attempt(trainer.program, dir, { params: moved, resume: true })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^epoch 1\/3/m)
    const notes = eventsOf(dir).flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
    expect(notes).toContainEqual(expect.stringMatching(/belongs to other settings, data or seed/))
  })

  it('is refused before anything is trained when the folder holds other weights than its config.json says', async () => {
    const broken = join(folder, 'broken-bert')
    cpSync(join(folder, 'tiny-bert'), broken, { recursive: true })
    const config = JSON.parse(readFileSync(join(broken, 'config.json'), 'utf8')) as object
    writeFileSync(
      join(broken, 'config.json'),
      JSON.stringify({ ...config, num_hidden_layers: 1, intermediate_size: 48 }),
    )
    const { code, stderr } = await attempt(trainer.program, join(folder, 'broken'), {
      params: { ...params, encoder: `hf:${broken}` },
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/does not hold the encoder that its config\.json describes \(bert, 1 layer, width 32/)
    expect(stderr).toMatch(/encoder\.layer\.0\.intermediate\.dense\.weight has shape 64x32, expected 48x32/)
    expect(stderr).toMatch(/encoder\.layer\.1\.\S+ is not part of this encoder/)
  })
})
