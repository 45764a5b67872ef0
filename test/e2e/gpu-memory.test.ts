import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { FakeGpus, USES_GPU_MEMORY } from '../fixtures/fake-gpus.ts'
import { processesOf, sweep, until } from './sweep-process.ts'

const [FIRST, SECOND] = ['GPU-aaaaaaaa-0000', 'GPU-bbbbbbbb-0000']

it('tries trials alone, packs them once their memory is known, keeps away from a leak and gives an out-of-memory a GPU of its own', async () => {
  const folder = temporaryFolder()
  const gpus = new FakeGpus(join(folder, 'gpus'), [
    { uuid: FIRST, mib: 10_000 },
    { uuid: SECOND, mib: 10_000 },
  ])
  mkdirSync(join(folder, 'sweeps'))
  // What its params do not say: trial 3 leaves memory behind, and trial 7 at first takes more than there is.
  const script = `m=1000; l=0; case $1 in 3) l=800 ;; 7) [ $SWEEP_ATTEMPT = 1 ] && m=12000 || m=9000 ;; esac; exec ${USES_GPU_MEMORY.join(' ')} mib=$m leak=$l seconds=1.4`
  writeFileSync(
    join(folder, 'sweeps/mixed.yaml'),
    JSON.stringify({
      method: 'grid',
      metric: { name: 'f1', goal: 'maximize' },
      parameters: { x: { min: 0, max: 23 } },
      seeds: 1,
      resources: { gpus: 'auto', most_per_gpu: 3 },
      retry: { backoff: '0.1s' },
      command: ['/bin/sh', '-c', script, 'sh', `\${param:x}`],
    }),
  )
  const env = { ...gpus.env, SWEEP_LEASE_DIR: join(folder, 'leases') }
  const started = sweep(folder, ['start', 'mixed'], env)
  const journal = () => readFileSync(join(folder, 'runs/mixed.1/journal.ndjson'), 'utf8')
  await until('trial 3 leaks', () => gpus.isLeaked('3'), 20_000)
  await until('the slot is quarantined', () => journal().includes('is not used for now'), 20_000)
  gpus.free('3')
  const { code, stderr } = await started.ended
  expect(code, stderr).toBe(0)

  const { trials, notes } = readSnapshot(join(folder, 'runs/mixed.1'))
  expect(trials.every(({ state }) => state === 'completed')).toBe(true)
  const share = (trial: number, attempt = 0) => trials[trial]?.attempts[attempt]?.gpus ?? 0
  expect([0, 1, 2].map((trial) => share(trial))).toEqual([1, 1, 1])
  expect(trials[0]?.attempts[0]?.peak?.gpuBytes).toBe(1000 * 1024 ** 2)
  expect(share(4)).toBeLessThan(0.3)
  expect(mostAtOnce(trials)).toBeGreaterThan(3)
  expect(mostAtOnce(trials)).toBeLessThanOrEqual(6)

  const [outOfMemory, again] = trials[7]?.attempts ?? []
  expect(outOfMemory).toMatchObject({ end: 'out-of-memory', shortage: { memory: 'gpu' } })
  expect(again).toMatchObject({ end: 'finished', gpus: 1, wants: 'alone' })

  const texts = notes.map(({ text }) => text)
  expect(texts).toContainEqual(
    expect.stringMatching(/memory that trial 3 had is still held, on GPU \d 800 MiB by process/),
  )
  expect(texts).toContainEqual(
    expect.stringMatching(/is used again: the memory that trial 3 left behind was free after/),
  )
  expect(readFileSync(join(folder, 'reports/mixed.1/report.md'), 'utf8')).toContain('800 MiB by process')
  expect(processesOf(folder)).toEqual([])

  const looks = gpus.asked.sort((a, b) => (a.began < b.began ? -1 : 1))
  for (const [i, look] of looks.entries()) if (i > 0) expect(look.began > (looks[i - 1]?.ended ?? 0n)).toBe(true)
}, 60_000)

it('gives two sweeps that are started in the same instant different GPUs, however late their memory fills', async () => {
  const folder = temporaryFolder()
  const gpus = new FakeGpus(join(folder, 'gpus'), [
    { uuid: FIRST, mib: 10_000 },
    { uuid: SECOND, mib: 10_000 },
  ])
  mkdirSync(join(folder, 'sweeps'))
  const script =
    'echo $CUDA_VISIBLE_DEVICES >> "$SEEN"; until [ -e "$SEEN.enough" ]; do sleep 0.05; done; echo \'{"step": 1, "f1": 0.5}\''
  for (const name of ['one', 'other']) {
    const sweepFile = {
      method: 'grid',
      metric: { name: 'f1', goal: 'maximize' },
      parameters: { x: { value: name } },
      seeds: 1,
      command: ['/bin/sh', '-c', script],
    }
    writeFileSync(join(folder, `sweeps/${name}.yaml`), JSON.stringify(sweepFile))
  }
  const seen = join(folder, 'seen')
  const env = { ...gpus.env, SEEN: seen, SWEEP_LEASE_DIR: join(folder, 'leases') }
  const started = ['one', 'other'].map((name) => sweep(folder, ['start', name], env))
  const both = () => existsSync(seen) && readFileSync(seen, 'utf8').split('\n').length === 3
  await until('both have begun', both)
  const shown = await sweep(folder, ['gpus', '--json'], env).ended
  expect(JSON.parse(shown.stdout).uses.map((use: { trials: number }) => use.trials)).toEqual([1, 1])
  const status = await sweep(folder, ['status', 'one'], env).ended
  expect(status.stdout).toMatch(/gpu\d {2}trial 0 .* reserved/)
  writeFileSync(`${seen}.enough`, '')
  for (const { ended } of started) expect((await ended).code).toBe(0)
  expect(readFileSync(seen, 'utf8').trim().split('\n').sort()).toEqual([FIRST, SECOND])
  expect(processesOf(folder)).toEqual([])
}, 30_000)

function mostAtOnce(
  trials: readonly { readonly attempts: readonly { readonly startedAt: number; readonly endedAt?: number }[] }[],
): number {
  const all = trials.flatMap(({ attempts }) => attempts)
  return Math.max(
    ...all.map((it) => all.filter((o) => o.startedAt <= it.startedAt && (o.endedAt ?? 0) > it.startedAt).length),
  )
}
