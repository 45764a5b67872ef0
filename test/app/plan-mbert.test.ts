import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { planSweep } from '../../src/app/plan.ts'
import { openWorkspace } from '../../src/app/workspace.ts'

const recipe = fileURLToPath(new URL('../../sweeps/mbert-run-2.yaml', import.meta.url))

/** Labels as the recipe's presets know them; every class often enough for all three splits. */
function texts(): string {
  const sentiments = ['negative', 'neutral', 'positive']
  const polarizations = ['non_polarized', 'objective', 'partisan']
  const rows = Array.from({ length: 90 }, (_, n) => {
    return `a text with the number ${n},${sentiments[n % 3]},${polarizations[Math.floor(n / 3) % 3]}`
  })
  return ['text,sentiment,polarization', ...rows].join('\n')
}

describe('the plan of sweeps/mbert-run-2.yaml', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mbert-'))
    mkdirSync(join(folder, 'sweeps'))
    copyFileSync(recipe, join(folder, 'sweeps/mbert-run-2.yaml'))
    vi.stubEnv('HF_HUB_CACHE', join(folder, 'models'))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  const plan = () => planSweep({ workspace: openWorkspace(folder), sweep: 'mbert-run-2' })

  it('says at once that the data, the model and a backend for its size are missing', async () => {
    const { message, code } = await plan().then(
      () => ({ message: 'a plan', code: '' }),
      (error: Error & { code: string }) => error,
    )
    expect(code).toBe('SETTING')
    expect(message).toMatch(/^sweeps\/mbert-run-2\.yaml:16: The data file \S+my-texts\.csv cannot be read/)
    expect(message).toMatch(/hf:bert-base-multilingual-cased: it is not in the cache/)
    expect(message).toMatch(/or by hand: huggingface-cli download bert-base-multilingual-cased/)
    expect(message).toMatch(/takes about 4\.\d GiB of tensors a trial, and those of backend wasm end at 4\.0 GiB/)
    expect(message).toMatch(/Nothing was started\.$/)
  })

  it('is nine trials once the data is there', async () => {
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data/my-texts.csv'), texts())
    const { trials, configurations, notes } = await plan()
    expect({ trials, configurations }).toEqual({ trials: 9, configurations: 3 })
    expect(notes.join('\n')).toMatch(/it is not in the cache/)
    expect(notes.join('\n')).toMatch(/takes about 4\.\d GiB/)
  })
})
