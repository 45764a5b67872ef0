import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { writeTexts } from '../trainer/support/trainer-process.ts'
import { sweep } from './sweep-process.ts'

const trainer = fileURLToPath(new URL('../../dist/trainer/main.js', import.meta.url))

/** One that works here beside wasm; on this machine there may be none. */
const second = (['tensorflow', 'webgpu', 'tensorflow-gpu'] as const).find(
  (name) => spawnSync(process.execPath, [trainer, '--try-engine', name], { stdio: 'ignore' }).status === 0,
)

interface Result {
  readonly ranking: {
    readonly rows: readonly { readonly configuration: { readonly params: object }; readonly mean: number }[]
  }
}

/** The ranking of four configurations over two seeds. */
async function rankingOn(backend: string, folder: string): Promise<Result['ranking']['rows']> {
  const args = ['start', 'knobs', '--set', `params.backend=${backend}`, '--json']
  const { code, stdout, stderr } = await sweep(folder, args, { SWEEP_LEASE_DIR: join(folder, 'leases') }).ended
  expect(code, stderr).toBe(0)
  return (JSON.parse(stdout) as Result).ranking.rows
}

it.skipIf(second === undefined)(
  `ranks configurations alike on wasm and on ${second ?? 'a second backend (SKIPPED: none works here, see docs/backends.md)'}`,
  { timeout: 180_000 },
  async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'sweeps'))
    writeTexts(join(folder, 'texts.csv'))
    writeFileSync(
      join(folder, 'sweeps/knobs.yaml'),
      `method: grid
metric: { name: val/loss, goal: minimize }
trainer: text-classifier
resources: { gpus: 0, cpus: 1 }
reuse: false
seeds: 2
params: { data: { file: texts.csv, tasks: { opinion: opinion, place: place } }, feature_width: 256, hidden: 8, epochs: 2 }
parameters: { layers: { values: [0, 1] }, learning_rate: { values: [0.02, 0.2] } }
`,
    )
    const [ours, theirs] = [await rankingOn('wasm', folder), await rankingOn(second as string, folder)]
    expect(theirs.map(({ configuration }) => configuration.params)).toEqual(
      ours.map(({ configuration }) => configuration.params),
    )
    for (const [i, { mean }] of ours.entries()) expect((theirs[i]?.mean ?? Number.NaN) / mean).toBeCloseTo(1, 5)
  },
)
