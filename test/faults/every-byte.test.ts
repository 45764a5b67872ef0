import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Objective } from '../../src/executors/executor.ts'
import { AttemptRecord } from '../../src/executors/local/attempt-record.ts'
import { recordedStatus } from '../../src/executors/local/status-in-words.ts'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { TRIAL_MOVES } from '../../src/trial/states.ts'
import type { SweepSnapshot } from '../../src/trial/trial.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { gridSpec, runLoop } from '../orchestrator/a-loop.ts'
import { type Outcome, outcomeOf } from './invariants.ts'
import { type Schedule, TRIALS } from './schedule.ts'
import { SweepUnderFire } from './sweep-under-fire.ts'

// Files of a sweep torn at every byte. Tears of what was durable, too, which no crash makes: a copy that was put back, a
// file system that lied. Then work may be done again, but the sweep must still come to the same end.

const QUIET: Schedule = {
  seed: 0,
  sampler: 'grid',
  retries: 0,
  onDeath: 'continue',
  units: 1,
  unitSeconds: 0,
  smallDisk: false,
  mishaps: [],
  lives: [],
}

/** All that must hold of a snapshot whatever the journal was cut down to. */
function expectLegal({ configurations, trials }: SweepSnapshot, where: string): void {
  configurations.forEach(({ number }, i) => {
    expect(number, where).toBe(i)
  })
  trials.forEach((trial, i) => {
    expect(trial.number, where).toBe(i)
    expect(Object.keys(TRIAL_MOVES), where).toContain(trial.state)
    if (trial.state === 'running') expect(trial.attempts.length, where).toBeGreaterThan(0)
    if (trial.state === 'completed') expect(trial.value, where).toBeTypeOf('number')
  })
}

describe('the files of a real sweep, torn at every byte', () => {
  const place = new SweepUnderFire(QUIET)
  const kept = join(temporaryFolder(), 'kept')
  let undisturbed: Outcome

  beforeAll(async () => {
    const { ended, said } = place.command(['start', 'fire'])
    expect(await ended, said()).toBe(0)
    undisturbed = outcomeOf(place.folder, place.sweepDir)
    cpSync(place.sweepDir, kept, { recursive: true })
  })
  afterAll(() => place.remove())

  const tornCopy = (file: string) => {
    const dir = join(temporaryFolder(), 'fire.1')
    mkdirSync(dir)
    for (const name of ['sweep.json', 'journal.ndjson', file]) copyFileSync(join(kept, name), join(dir, name))
    return dir
  }

  it('reads a legal sweep from every prefix of its journal', () => {
    const dir = tornCopy('journal.ndjson')
    const { length } = readFileSync(join(kept, 'journal.ndjson'))
    let before = Number.POSITIVE_INFINITY
    for (let bytes = length; bytes >= 0; bytes--) {
      truncateSync(join(dir, 'journal.ndjson'), bytes)
      const snapshot = readSnapshot(dir)
      expectLegal(snapshot, `torn at byte ${bytes}`)
      const completed = snapshot.trials.filter(({ state }) => state === 'completed').length
      expect(completed, `torn at byte ${bytes}`).toBeLessThanOrEqual(before)
      before = completed
    }
    expect(before).toBe(0)
  })

  it('reads the same from its journal whatever byte its snapshot was torn at', () => {
    const dir = tornCopy('snapshot.json')
    const { length } = readFileSync(join(kept, 'snapshot.json'))
    const whole = readSnapshot(dir)
    for (let bytes = length - 1; bytes >= 0; bytes -= 3) {
      truncateSync(join(dir, 'snapshot.json'), bytes)
      expect(isDeepStrictEqual(readSnapshot(dir), whole), `torn at byte ${bytes}`).toBe(true)
    }
  })

  it('never says of an attempt what the whole record of attempts does not say', () => {
    const path = join(temporaryFolder(), 'attempts.ndjson')
    copyFileSync(join(kept, 'attempts.ndjson'), path)
    const wanted = Array.from({ length: TRIALS }, (_, trial) => ({ trial, attempt: 1 }))
    const statuses = () => {
      const record = new AttemptRecord(path, wanted)
      return wanted.map((attempt) => recordedStatus(record.facts(attempt)))
    }
    const whole = statuses()
    expect(whole.every((status) => status?.state === 'ended')).toBe(true)
    for (let bytes = readFileSync(path).length; bytes >= 0; bytes--) {
      truncateSync(path, bytes)
      statuses().forEach((status, i) => {
        if (status !== undefined) expect(status).toEqual(whole[i])
      })
    }
  })

  it('comes to the same end when it is resumed from a prefix', async () => {
    const { length } = readFileSync(join(kept, 'journal.ndjson'))
    for (const share of [0, 0.3, 0.62, 0.97]) {
      rmSync(place.sweepDir, { recursive: true })
      cpSync(kept, place.sweepDir, { recursive: true })
      truncateSync(join(place.sweepDir, 'journal.ndjson'), Math.floor(share * length))
      const { ended, said } = place.command(['resume', 'fire'])
      expect(await ended, said()).toBe(0)
      expect(outcomeOf(place.folder, place.sweepDir), `torn at ${share}`).toEqual(undisturbed)
    }
    expect(place.processes()).toEqual([])
  })
})

describe('the loop', () => {
  it('comes to the same trials and values from any prefix of its journal', async () => {
    const spec = gridSpec(5, { seeds: [1, 2] })
    const objective: Objective = ({ params, seed, report }) => {
      report(1, { f1: Number(params.x) })
      return { f1: Number(params.x) + seed / 10 }
    }
    const whole = await runLoop({ spec, objective })
    const resultsOf = ({ trials }: SweepSnapshot) =>
      trials.map(({ configuration, seed, state, value }) => [configuration, seed, state, value])
    const data = readFileSync(join(whole.dir, 'journal.ndjson'))
    for (let bytes = 0; bytes < data.length; bytes += 97) {
      const dir = join(temporaryFolder(), 'gamma.1')
      mkdirSync(dir)
      copyFileSync(join(whole.dir, 'sweep.json'), join(dir, 'sweep.json'))
      writeFileSync(join(dir, 'journal.ndjson'), data.subarray(0, bytes))
      const again = await runLoop({ spec, objective, dir })
      expect(again.snapshot.state).toBe('finished')
      expect(resultsOf(again.snapshot), `torn at byte ${bytes}`).toEqual(resultsOf(whole.snapshot))
    }
  })
})
