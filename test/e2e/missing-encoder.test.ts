import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { writeTexts } from '../trainer/support/trainer-process.ts'
import { sweep } from './sweep-process.ts'

it('stops a sweep whose model cannot be fetched, with the reason, and does not leave it looking dead', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  writeTexts(join(folder, 'texts.csv'), 60)
  const file = {
    method: 'grid',
    metric: { name: 'val/macro_f1', goal: 'maximize' },
    parameters: { learning_rate: { values: [0.001, 0.002] } },
    seeds: 1,
    trainer: 'text-classifier',
    params: { data: { file: 'texts.csv', tasks: { opinion: 'opinion' } }, encoder: 'hf:nobody/nothing' },
  }
  writeFileSync(join(folder, 'sweeps/far.yaml'), JSON.stringify(file))
  // A port that nobody listens on.
  const env = {
    HF_ENDPOINT: 'http://127.0.0.1:9',
    HF_HOME: join(folder, 'home'),
    SWEEP_LEASE_DIR: join(folder, 'leases'),
  }
  const { code, stderr } = await sweep(folder, ['start', 'far'], env).ended
  expect({ code, refused: /ENCODER_MISSING/.test(stderr) }, stderr).toEqual({ code: 3, refused: true })
  const { state, stateReason, trials } = readSnapshot(join(folder, 'runs/far.1'))
  expect({ state, trials }).toEqual({ state: 'stopped', trials: [] })
  expect(stateReason).toMatch(/nobody\/nothing cannot be used/)
})
