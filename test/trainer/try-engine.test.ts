import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineAnswer } from '../../src/trainer/try-engine.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { builtTrainer } from './support/trainer-process.ts'

describe('trying a backend', () => {
  let built: Awaited<ReturnType<typeof builtTrainer>>
  beforeAll(async () => {
    built = await builtTrainer()
  }, 60_000)
  afterAll(() => built.remove())

  /** In a project with these packages and no others. */
  function tried(words: readonly string[], { folder = temporaryFolder(), env = {} } = {}) {
    const { stdout, status, stderr } = spawnSync(process.execPath, [built.program, '--try-engine', ...words], {
      cwd: folder,
      env: { ...process.env, NODE_PATH: '', ...env },
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    return { status, answer: JSON.parse(stdout) as EngineAnswer }
  }

  function projectWith(name: string, version: string, code: string): string {
    const folder = temporaryFolder()
    const place = join(folder, 'node_modules', name)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }))
    writeFileSync(join(place, 'index.js'), code)
    return folder
  }

  it('works with wasm, which needs nothing', () => {
    expect(tried(['wasm'])).toMatchObject({ status: 0, answer: { works: true, device: 'one core' } })
  })

  it('says which package is missing and the command that adds it', () => {
    expect(tried(['tensorflow'])).toEqual({
      status: 3,
      answer: {
        works: false,
        code: 'ENGINE_MISSING',
        why: '@tensorflow/tfjs-node is not installed',
        suggestions: ['npm install --no-save @tensorflow/tfjs-node@4.22.0', 'backend: wasm, which needs nothing'],
      },
    })
  })

  it('refuses another version, whose parts would not fit ours', () => {
    const { answer } = tried(['tensorflow'], { folder: projectWith('@tensorflow/tfjs-node', '3.21.1', '') })
    expect(answer).toMatchObject({
      code: 'ENGINE_NOT_READY',
      why: '@tensorflow/tfjs-node is version 3.21.1, and 4.22.0 is needed',
    })
  })

  it('says what a package says that does not load, in one line', () => {
    const folder = projectWith('webgpu', '0.6.2', "throw new Error('dawn.node: no such file\\nmore')")
    expect(tried(['webgpu'], { folder }).answer).toMatchObject({
      code: 'ENGINE_NOT_READY',
      why: 'webgpu is installed, but does not load: dawn.node: no such file',
    })
  })

  it('takes the best with auto and says why not the others', () => {
    const { answer } = tried(['auto'])
    expect(answer).toMatchObject({ works: true, device: 'one core' })
    const { reason } = answer as EngineAnswer & { works: true }
    expect(reason).toMatch(/^Computes with wasm on one core\. Not tensorflow-gpu: .* is not installed\. Not webgpu: /)
  })

  it('keeps auto from GPUs in a slot that has none, and from TensorFlow where there is little to compute', () => {
    const { answer } = tried(['auto', 'hash'], { env: { CUDA_VISIBLE_DEVICES: '' } })
    expect((answer as EngineAnswer & { works: true }).reason).toBe(
      'Computes with wasm on one core. Not tensorflow-gpu: this slot has no GPU. Not webgpu: this slot has no GPU. ' +
        'Not tensorflow: heads on hashed n-grams are faster without it.',
    )
  })

  it('does not know other names', () => {
    expect(tried(['cuda'])).toEqual({ status: 3, answer: { works: false, why: 'there is no backend of that name' } })
  })
})
