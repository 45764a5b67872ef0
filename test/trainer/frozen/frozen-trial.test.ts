import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeModel } from '../support/model-on-disk.ts'
import { attempt, builtTrainer, writeTexts } from '../support/trainer-process.ts'

describe('trials on a frozen encoder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frozen-'))
  const cache = join(folder, 'cache')
  const model = join(folder, 'model')
  let trainer: { program: string; remove: () => void }
  const before = process.env.SWEEP_CACHE
  beforeAll(async () => {
    trainer = await builtTrainer()
    process.env.SWEEP_CACHE = cache
    writeModel(model, { width: 16 })
    writeTexts(join(folder, 'texts.csv'), 90)
  })
  afterAll(() => {
    process.env.SWEEP_CACHE = before
    if (before === undefined) delete process.env.SWEEP_CACHE
    trainer.remove()
    rmSync(folder, { recursive: true })
  })

  const params = () => ({
    data: { file: join(folder, 'texts.csv'), text: 'text', id: 'id', tasks: { opinion: 'opinion', place: 'place' } },
    encoder: `hf:${model}`,
    pooling: 'last4_mean',
    max_length: 16,
    layers: 1,
    hidden: 16,
    epochs: 2,
    learning_rate: 0.01,
  })

  function prepare(trials: readonly object[], flags: readonly string[] = []) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [trainer.program, 'prepare', ...flags], {
      input: JSON.stringify(trials),
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }

  it('compute no features when they were prepared, also to verify their weights, and end the same', async () => {
    const prepared = prepare([params(), { ...params(), pooling: 'cls' }, { ...params(), epochs: 3 }])
    expect(prepared).toMatchObject({ status: 0, stderr: '' })
    // Ninety rows, and some of them have the same text.
    expect(prepared.stdout.match(/features: \d+ texts computed/g)).toHaveLength(2)
    expect(prepared.stdout).toMatch(/0 are computed now/)
    const first = await attempt(trainer.program, join(folder, '1'), { params: params() })
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/90 texts were computed before, 0 are computed now/)
    expect(first.stdout).not.toMatch(/texts computed in/)
    const second = await attempt(trainer.program, join(folder, '2'), { params: params() })
    expect(second.code).toBe(0)
    const weights = (trial: string) => readFileSync(join(folder, trial, 'weights.safetensors'))
    expect(weights('2').equals(weights('1'))).toBe(true)
    expect(readdirSync(join(cache, 'features'))).toHaveLength(2)
  })

  it('share what two processes want at once, and lose nothing when one is killed with -9', async () => {
    const many = join(folder, 'many.csv')
    const lines = Array.from({ length: 3000 }, (_, n) => `text ${n} lovely waiter,${n % 2},${n % 3}`)
    writeFileSync(many, ['text,opinion,place', ...lines].join('\n'))
    const trials = JSON.stringify([
      { ...params(), data: { file: many, tasks: { opinion: 'opinion', place: 'place' } } },
    ])
    const own = join(folder, 'own-cache')
    const started = () => {
      const child = spawn(process.execPath, [trainer.program, 'prepare'], { env: { ...process.env, SWEEP_CACHE: own } })
      child.stdin.end(trials)
      let stdout = ''
      child.stdout.on('data', (chunk) => {
        stdout += chunk
      })
      const ended = new Promise<string>((resolve) => child.on('close', () => resolve(stdout)))
      return { child, ended }
    }
    const inCache = () => readdirSync(own, { recursive: true }).map(String).sort()
    const killed = started()
    while (!existsSync(own) || !inCache().some((name) => name.endsWith('.lock'))) await sleep(5)
    killed.child.kill('SIGKILL')
    expect(await killed.ended).not.toMatch(/computed in/)
    const both = await Promise.all([started().ended, started().ended])
    expect(both.join('\n').match(/3,000 texts computed in/g)).toHaveLength(1)
    expect(both.join('\n').match(/0 are computed now/g)).toHaveLength(1)
    expect(inCache().filter((name) => /\.(lock|tmp)$|part-/.test(name))).toEqual([])
    expect(inCache().filter((name) => name.endsWith('.safetensors'))).toHaveLength(1)
  })

  it('are answered with what a person should know when nothing is to be done but look', () => {
    const { status, stdout } = prepare([params(), { ...params(), encoder: `hf:${folder}/none` }], ['--check'])
    expect(status).toBe(0)
    const { notes, refusal } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect(notes[0]).toMatch(/is here\. Its features are computed once, before the first trial, by/)
    expect(notes[1]).toMatch(/cannot be used: there is no folder .*none\. Every trial with .* would fail/)
    expect(refusal).toMatchObject({ code: 'ENCODER_MISSING', exitCode: 3 })
  })

  it('are refused with the missing files by name when the folder lacks some', () => {
    const bare = mkdtempSync(join(folder, 'bare-'))
    writeFileSync(join(bare, 'config.json'), '{}')
    const { status, stderr } = prepare([{ ...params(), encoder: `hf:${bare}` }])
    expect(status).toBe(3)
    const { code, message } = JSON.parse(stderr) as { code: string; message: string }
    expect(code).toBe('ENCODER_MISSING')
    expect(message).toMatch(/lacks tokenizer\.json, model\.safetensors or onnx\/model\.onnx/)
  })
})
