import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Pruner } from '../../src/pruners/pruner.ts'
import type { SweepSnapshot } from '../../src/trial/trial.ts'
import { liveThrough } from './simulated-lives.ts'

const FIRST = Number(process.env.FAULTS_SEED ?? 1)
/** What is durable is simulated, too, so a disk would only take its time for each sync. */
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sweep-faults-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const SCHEDULES = Number(process.env.FAULTS_SIMULATED ?? 300)

it(`comes to the same end whatever step an orchestrator dies at, with and without the machine (${SCHEDULES} schedules from seed ${FIRST} on)`, async () => {
  const resultsOf = ({ configurations, trials }: SweepSnapshot) => ({
    configurations,
    trials: trials.map(({ configuration, seed, state, value }) => ({ configuration, seed, state, value })),
  })
  const expected = Array.from({ length: 12 }, (_, trial) => {
    const seed = 1 + (trial % 2)
    return { configuration: Math.floor(trial / 2), seed, state: 'completed', value: seed / 10 + trial }
  })
  let lives = 0
  for (let seed = FIRST; seed < FIRST + SCHEDULES; seed++) {
    const place = join(folder, String(seed))
    mkdirSync(place)
    const verdict = await liveThrough(seed, place)
    const again = `replay: FAULTS_SEED=${seed} FAULTS_SIMULATED=1 npx vitest run test/faults/simulated-lives`
    expect(verdict.wrong, again).toEqual([])
    expect(verdict.snapshot.state, again).toBe('finished')
    expect(resultsOf(verdict.snapshot).trials, again).toEqual(expected)
    expect(verdict.differences, again).toEqual([])
    lives += verdict.lives
    rmSync(place, { recursive: true, force: true })
  }
  expect(lives).toBeGreaterThan(2 * SCHEDULES)
}, 120_000)

/** Pauses each trial at its first report and lets it go on once all have been paused or have ended. */
const pausing: Pruner = {
  judge: ({ curve, attempts }) =>
    curve.length === 1 && attempts.filter(({ end }) => end === 'stopped').length === 0
      ? { action: 'pause', reason: 'All wait for one another.' }
      : { action: 'continue' },
  promote({ trials }) {
    const first = trials.length < 12 ? undefined : trials.find(({ state }) => state === 'paused')
    const busy = trials.some(({ state, curve }) => curve.length === 0 && (state === 'running' || state === 'waiting'))
    return first === undefined || busy ? undefined : { trial: first.number, reason: 'All have been here.' }
  },
}

const PAUSING = Math.ceil(SCHEDULES / 3)

it(`loses no trial that its pruner has paused, whenever the orchestrator dies (${PAUSING} schedules)`, async () => {
  let paused = 0
  for (let seed = FIRST; seed < FIRST + PAUSING; seed++) {
    const place = join(folder, String(seed))
    mkdirSync(place)
    const verdict = await liveThrough(seed, place, pausing)
    const again = `replay: FAULTS_SEED=${seed} FAULTS_SIMULATED=3 npx vitest run test/faults/simulated-lives`
    expect(verdict.wrong, again).toEqual([])
    expect(verdict.snapshot.state, again).toBe('finished')
    expect(
      verdict.snapshot.trials.filter(({ state }) => state !== 'completed'),
      again,
    ).toEqual([])
    expect(verdict.snapshot.trials, again).toHaveLength(12)
    expect(verdict.differences, again).toEqual([])
    paused += verdict.snapshot.trials.filter(({ attempts }) => attempts.some(({ end }) => end === 'stopped')).length
    rmSync(place, { recursive: true, force: true })
  }
  expect(paused).toBeGreaterThan(6 * PAUSING)
}, 120_000)
