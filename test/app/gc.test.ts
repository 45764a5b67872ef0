import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { gcSweeps } from '../../src/app/gc/gc.ts'
import { openWorkspace, sweepDirOf, type Workspace } from '../../src/app/workspace.ts'
import { systemClock } from '../../src/base/clock.ts'
import { thisProcess } from '../../src/base/process-identity.ts'
import { createJournal } from '../../src/journal/open-journal.ts'
import type { TrialState } from '../../src/trial/states.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { spec } from '../fixtures/a-spec.ts'

const MIB = 2 ** 20
const DAYS = 86_400_000

let workspace: Workspace
beforeEach(() => {
  workspace = openWorkspace(temporaryFolder())
  process.env.SWEEP_CACHE = join(workspace.folder, 'cache')
})

function put(path: string, bytes = MIB, ageDays = 0): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Buffer.alloc(bytes, 1))
  const time = new Date(Date.now() - ageDays * DAYS)
  utimesSync(path, time, time)
  return path
}

interface Made {
  readonly states?: readonly TrialState[]
  readonly state?: 'finished' | 'stopped' | 'running'
  readonly reusedFrom?: Readonly<Record<number, string>>
}

/** Trials of one seed each, the later the better; each with whatever a trainer may leave. */
async function sweep(
  id: string,
  { states = Array(8).fill('completed'), state = 'finished', reusedFrom = {} }: Made = {},
) {
  const dir = sweepDirOf(workspace, id)
  mkdirSync(dir, { recursive: true })
  const journal = createJournal({ dir, id, spec: { ...spec, seeds: [1] }, provenance: {}, clock: systemClock })
  for (const [trial, end] of states.entries()) {
    journal.append({ type: 'configuration-proposed', configuration: trial, params: { x: trial } })
    journal.append({ type: 'trial-created', trial, configuration: trial, seed: 1 })
    const from = reusedFrom[trial]
    if (from === undefined) {
      journal.append({ type: 'attempt-started', trial, attempt: 1, slot: 'cpu0' })
      if (end !== 'running') journal.append({ type: 'attempt-ended', trial, attempt: 1, end: 'finished' })
    }
    const value = end === 'completed' ? { value: trial, metrics: { f1: trial } } : {}
    if (end !== 'running') {
      journal.append({ type: 'trial-state', trial, state: end, ...value, ...(from ? { reusedFrom: from } : {}) })
    }
    if (from === undefined) leaveFiles(dir, trial)
  }
  journal.append({ type: 'sweep-state', state })
  return { dir, close: () => journal.close() }
}

const inTrial = (dir: string, trial: number, name: string) => join(dir, 'trials', String(trial).padStart(4, '0'), name)

function leaveFiles(dir: string, trial: number): void {
  for (const name of ['weights.safetensors', 'checkpoints/epoch-0003.safetensors', 'checkpoint-500/optimizer.pt']) {
    put(inTrial(dir, trial, name))
  }
  for (const name of ['params.json', 'stdout.log', 'predictions/val.safetensors', 'details/curve.csv', 'notes.bin']) {
    put(inTrial(dir, trial, name), 100)
  }
}

const has = (dir: string, trial: number, name: string) => existsSync(inTrial(dir, trial, name))
const withWeights = (dir: string) => [0, 1, 2, 3, 4, 5, 6, 7].filter((trial) => has(dir, trial, 'weights.safetensors'))

describe('gc', () => {
  it('only shows what could go; with remove it frees checkpoints of ended trials and weights of all but the best', async () => {
    const { dir, close } = await sweep('gamma.1')
    await close()
    const shown = gcSweeps({ workspace })
    expect(shown).toMatchObject({ removed: false, files: 19, notes: [] })
    expect(shown.parts).toEqual([{ id: 'gamma.1', files: 19, bytes: { checkpoints: 16 * MIB, weights: 3 * MIB } }])
    expect(withWeights(dir)).toHaveLength(8)
    expect(gcSweeps({ workspace, remove: true })).toMatchObject({ removed: true, files: 19, bytes: 19 * MIB })
    expect(withWeights(dir)).toEqual([3, 4, 5, 6, 7])
    for (const trial of [0, 7]) {
      for (const name of [
        'params.json',
        'stdout.log',
        'predictions/val.safetensors',
        'details/curve.csv',
        'notes.bin',
      ]) {
        expect(has(dir, trial, name), name).toBe(true)
      }
      expect(has(dir, trial, 'checkpoints')).toBe(false)
    }
    expect(readFileSync(join(dir, 'freed.ndjson'), 'utf8').trim().split('\n')).toHaveLength(19)
    expect(existsSync(join(dir, 'lock'))).toBe(false)
    expect(gcSweeps({ workspace, remove: true })).toMatchObject({ files: 0, parts: [] })
  })

  it('keeps members of the ensemble, and what later sweeps have taken over', async () => {
    const first = await sweep('gamma.1')
    await first.close()
    const second = await sweep('gamma.2', { states: ['completed', 'completed'], reusedFrom: { 1: 'gamma.1/2' } })
    await second.close()
    const ensemble = { methods: [{ members: [7, 0] }], single: { best: { trial: 7 } } }
    mkdirSync(join(workspace.reportsDir, 'gamma.1'), { recursive: true })
    writeFileSync(join(workspace.reportsDir, 'gamma.1/ensemble.json'), JSON.stringify(ensemble))
    gcSweeps({ workspace, remove: true, top: 1 })
    expect(withWeights(first.dir)).toEqual([0, 2, 7])
  })

  it('frees no weights anywhere while a sweep cannot be read, since that may have taken over anything', async () => {
    const { dir, close } = await sweep('gamma.1')
    await close()
    mkdirSync(join(workspace.runsDir, 'gamma.2'))
    writeFileSync(join(workspace.runsDir, 'gamma.2/sweep.json'), '{')
    const { notes } = gcSweeps({ workspace, remove: true })
    expect(notes).toEqual([expect.stringMatching(/^gamma\.2 cannot be read.*all weights stay/)])
    expect(withWeights(dir)).toHaveLength(8)
    expect(has(dir, 0, 'checkpoints')).toBe(false)
  })

  it('leaves resumable trials their checkpoints, and an unfinished sweep all weights', async () => {
    const { dir, close } = await sweep('gamma.1', {
      states: ['completed', 'waiting', 'failed', 'cancelled', 'pruned'],
      state: 'stopped',
    })
    await close()
    gcSweeps({ workspace, remove: true, top: 0 })
    expect([0, 1, 2, 3, 4].map((trial) => has(dir, trial, 'checkpoints'))).toEqual([false, true, true, true, false])
    expect(withWeights(dir)).toEqual([0, 1, 2, 3, 4])
    gcSweeps({ workspace, remove: true, failed: true })
    expect([1, 2, 3].map((trial) => has(dir, trial, 'checkpoints'))).toEqual([true, false, false])
  })

  it('never touches a sweep that runs, nor one whose trials still run without it', async () => {
    const running = await sweep('gamma.1', { states: ['completed', 'running'], state: 'running' })
    expect(gcSweeps({ workspace, remove: true }).parts).toEqual([
      { id: 'gamma.1', files: 0, bytes: {}, skipped: 'it runs' },
    ])
    await running.close()
    expect(gcSweeps({ workspace, remove: true }).parts[0]?.skipped).toMatch(/its process died: sweep resume gamma\.1/)
    const lines = [
      { trial: 1, attempt: 1, starting: { keeper: 1, graceMs: 1 } },
      { trial: 1, attempt: 1, started: thisProcess(), at: 1 },
    ]
    writeFileSync(join(running.dir, 'attempts.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    expect(gcSweeps({ workspace, remove: true }).parts[0]?.skipped).toMatch(/^1 trial of it still runs/)
    expect(has(running.dir, 0, 'checkpoints')).toBe(true)
  })

  it('follows no link out of runs/', async () => {
    const { dir, close } = await sweep('gamma.1', { states: ['completed', 'completed'] })
    await close()
    const outside = temporaryFolder()
    const treasure = put(join(outside, 'checkpoints/weights.safetensors'))
    put(join(outside, 'trials/0000/checkpoints/a.pt'))
    symlinkSync(join(outside, 'checkpoints'), inTrial(dir, 0, 'checkpoint-7'))
    symlinkSync(treasure, inTrial(dir, 0, 'model.safetensors'))
    symlinkSync(outside, join(workspace.runsDir, 'linked.1'))
    gcSweeps({ workspace, remove: true, top: 0 })
    expect(existsSync(treasure)).toBe(true)
    expect(existsSync(inTrial(dir, 0, 'model.safetensors'))).toBe(true)
    expect(existsSync(join(outside, 'trials/0000/checkpoints/a.pt'))).toBe(true)
    expect(has(dir, 0, 'weights.safetensors')).toBe(false)
  })

  it('takes what a trainer called weights for weights, unless the path leads out of the trial', async () => {
    const { dir, close } = await sweep('gamma.1', { states: ['completed', 'completed'] })
    await close()
    put(inTrial(dir, 0, 'out/heads.npz'))
    put(join(dir, 'precious.npz'))
    const events = ['out/heads.npz', '../../precious.npz', '/etc/hostname'].map((path) =>
      JSON.stringify({ event: 'artifact', kind: 'weights', path }),
    )
    writeFileSync(inTrial(dir, 0, 'events.ndjson'), `${events.join('\n')}\n`)
    gcSweeps({ workspace, remove: true, top: 1 })
    expect(has(dir, 0, 'out/heads.npz')).toBe(false)
    expect(existsSync(join(dir, 'precious.npz'))).toBe(true)
  })

  it('keeps weights that were announced among checkpoints, as the Hugging Face trainer saves them, for the best', async () => {
    const { dir, close } = await sweep('gamma.1', { states: ['completed', 'completed'] })
    await close()
    const names = ['checkpoints/epoch-0003.safetensors', 'checkpoint-500/model.safetensors']
    for (const trial of [0, 1]) {
      put(inTrial(dir, trial, 'checkpoint-500/model.safetensors'))
      const events = names.map((path) => `${JSON.stringify({ event: 'artifact', kind: 'weights', path })}\n`)
      writeFileSync(inTrial(dir, trial, 'events.ndjson'), events.join(''))
    }
    gcSweeps({ workspace, remove: true, top: 1 })
    expect(names.map((name) => has(dir, 1, name))).toEqual([true, true])
    expect(names.map((name) => has(dir, 0, name))).toEqual([false, false])
    expect(has(dir, 1, 'checkpoint-500/optimizer.pt')).toBe(false)
  })

  it('removes temporary files of dead processes and cache entries that nobody has read, not those of the living', async () => {
    const { dir, close } = await sweep('gamma.1', { states: ['waiting'], state: 'stopped' })
    await close()
    const dead = put(join(dir, 'snapshot.json.999999999.tmp'), 10, 1)
    const own = put(join(dir, `summary.json.${process.pid}.tmp`), 10, 1)
    const fresh = put(join(dir, 'summary.json.999999998.tmp'), 10)
    const draft = put(join(dir, `lock.${'a'.repeat(24)}.draft`), 10, 1)
    const old = put(join(workspace.folder, 'cache/features/ab/cd.safetensors'), MIB, 40)
    const used = put(join(workspace.folder, 'cache/features/ab/ef.safetensors'), MIB, 3)
    const foreign = put(join(workspace.folder, 'cache/mine.txt'), MIB, 400)
    const { parts } = gcSweeps({ workspace, remove: true })
    expect([dead, draft, old].map((path) => existsSync(path))).toEqual([false, false, false])
    expect([own, fresh, used, foreign].map((path) => existsSync(path))).toEqual([true, true, true, true])
    expect(parts.at(-1)).toEqual({ files: 1, bytes: { cache: MIB } })
  })
})
