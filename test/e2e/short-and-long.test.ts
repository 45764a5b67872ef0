import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { sweep } from './sweep-process.ts'

const TRIALS = 400
const LONG = 100

it('lets no trial wait behind a long one while another slot is free, though they were handed over behind it', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const script = `echo "$1" >> "$COUNT"; if [ "$1" = ${LONG} ]; then while [ "$(wc -l < "$COUNT")" -lt ${TRIALS} ]; do sleep 0.05; done; fi; echo "{\\"loss\\": $1}" >> "$SWEEP_EVENTS"`
  writeFileSync(
    join(folder, 'sweeps/mixed.yaml'),
    JSON.stringify({
      method: 'grid',
      metric: { name: 'loss', goal: 'minimize' },
      parameters: { x: { min: 0, max: TRIALS - 1 } },
      seeds: 1,
      parallel: 2,
      resources: { gpus: 0, cpus: 1 },
      command: ['/bin/sh', '-c', script, 'sh', `\${param:x}`],
    }),
  )
  const env = { COUNT: join(folder, 'count'), SWEEP_LEASE_DIR: join(folder, 'leases') }
  // The long trial ends only when all others have begun: behind it they would never.
  const { code, stderr } = await sweep(folder, ['start', 'mixed'], env).ended
  expect(code, stderr).toBe(0)
  const counted = readFileSync(join(folder, 'count'), 'utf8').trim().split('\n')
  expect(counted.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: TRIALS }, (_, i) => i))
  const { trials } = readSnapshot(join(folder, 'runs/mixed.1'))
  expect(trials.every(({ state }) => state === 'completed')).toBe(true)
}, 40_000)
