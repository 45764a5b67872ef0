import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { writeTexts } from '../trainer/support/trainer-process.ts'
import { sweep } from './sweep-process.ts'

// NODE_PATH is where a developer may keep the packages; a project without them is what is tested.
const INSTALL = 'npm install --no-save @tensorflow/tfjs-node@4.22.0'

let folder: string
const run = (...args: string[]) => sweep(folder, args, { NODE_PATH: '', SWEEP_LEASE_DIR: join(folder, 'leases') }).ended

beforeAll(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  writeTexts(join(folder, 'texts.csv'))
  writeFileSync(
    join(folder, 'sweeps/knobs.yaml'),
    `method: grid
metric: { name: val/loss, goal: minimize }
trainer: text-classifier
resources: { gpus: 0, cpus: 1 }
params: { data: { file: texts.csv, tasks: { opinion: opinion } }, epochs: 1 }
parameters: { backend: { values: [wasm, tensorflow] } }
`,
  )
})

it('is said by plan with the command that adds it, which starts nothing', async () => {
  const { code, stdout } = await run('plan', 'knobs')
  expect(code).toBe(0)
  expect(stdout).toContain('backend: tensorflow does not work here: @tensorflow/tfjs-node is not installed.')
  expect(stdout).toContain(INSTALL)
})

it('stops a start before its first trial', async () => {
  const { code, stdout } = await run('start', 'knobs', '--json')
  expect(code).toBe(3)
  const { error } = JSON.parse(stdout) as { error: { code: string; suggestions: string[] } }
  expect(error.code).toBe('ENGINE_MISSING')
  expect(error.suggestions).toContain(INSTALL)
  expect(readdirSync(join(folder, 'runs'))).toEqual([])
})

it('is named by doctor beside those that work', async () => {
  const { stdout } = await run('doctor', '--json')
  const { checks } = JSON.parse(stdout) as { checks: { name: string; saw: string; advice?: string }[] }
  expect(checks.find(({ name }) => name === 'backend: wasm')?.saw).toBe('works, on one core')
  expect(checks.find(({ name }) => name === 'backend: tensorflow')).toMatchObject({ advice: INSTALL })
})
