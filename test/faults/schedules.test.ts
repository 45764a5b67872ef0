import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { until } from '../e2e/sweep-process.ts'
import { outcomeOf, type Violation, violations } from './invariants.ts'
import { performSeed, type Verdict } from './perform.ts'
import { drawSchedule, type Schedule } from './schedule.ts'
import { SweepUnderFire } from './sweep-under-fire.ts'

// Real sweeps of real processes under faults drawn from a seed; `npm run bench -- faults` runs thousands of them.
// One schedule again, with all that happened: npm run bench -- faults --seed 17

const FIRST = Number(process.env.FAULTS_SEED ?? 1)
/** As many as fit into this many seconds, in the order of their seeds; a machine that is busy runs fewer. */
const SECONDS = Number(process.env.FAULTS_SECONDS ?? 25)
const AT_ONCE = 4
const LEAST = 2 * AT_ONCE

/** What a person reads of a failing schedule. */
function inWords({ seed, violations: found, story }: Verdict): string {
  const said = found.map(({ kind, text }) => `  ${kind}: ${text}`).join('\n')
  return `seed ${seed}\n${said}\nreplay: npm run bench -- faults --seed ${seed}\n${story.join('\n')}`
}

describe('a sweep under random faults', () => {
  it(`loses nothing, doubles nothing, leaves no orphan and ranks the same, whatever is killed, torn, filled or frozen (seeds from ${FIRST} on)`, async () => {
    const deadline = performance.now() + 1000 * SECONDS
    const verdicts: Verdict[] = []
    let next = FIRST
    const lane = async () => {
      while (next < FIRST + LEAST || performance.now() < deadline) verdicts.push(await performSeed(next++))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    const failing = verdicts.filter((verdict) => verdict.violations.length > 0)
    expect(failing.map(inWords).join('\n\n')).toBe('')
    const faults = verdicts.reduce((sum, verdict) => sum + verdict.faults, 0)
    expect(faults, 'hardly a fault took place').toBeGreaterThan(verdicts.length)
    console.log(`${verdicts.length} schedules with ${faults} faults, seeds ${FIRST} to ${next - 1}`)
  }, 180_000)

  it('draws the same schedule from the same seed', () => {
    expect(drawSchedule(17)).toEqual(drawSchedule(17))
    expect(drawSchedule(17)).not.toEqual(drawSchedule(18))
  })
})

const QUIET: Schedule = {
  seed: 0,
  sampler: 'grid',
  retries: 0,
  onDeath: 'continue',
  units: 2,
  unitSeconds: 0.03,
  smallDisk: false,
  mishaps: [],
  lives: [],
}

describe('the witness of the harness', () => {
  const place = new SweepUnderFire(QUIET)
  it('sees work that was done twice, trials that are lost and what was left behind', async () => {
    try {
      expect(await place.command(['start', 'fire']).ended).toBe(0)
      const undisturbed = outcomeOf(place.folder, place.sweepDir)
      const kinds = (found: readonly Violation[]) => [...new Set(found.map(({ kind }) => kind))].sort()
      expect(violations(place, undisturbed)).toEqual([])
      const shell = (line: string) => execFileSync('sh', ['-c', line], { cwd: place.folder })
      shell(`tail -1 '${place.ledger}' | sed 's/end/unit1/' >> '${place.ledger}'`)
      expect(kinds(violations(place, undisturbed))).toEqual(['doubled'])
      shell('touch runs/fire.1/lock')
      expect(kinds(violations(place, undisturbed))).toEqual(['doubled', 'orphan'])
      shell(
        'rm -f runs/fire.1/snapshot.json && sed -i "/\\"completed\\"/{s/completed/failed/;:a;n;ba}" runs/fire.1/journal.ndjson',
      )
      expect(kinds(violations(place, undisturbed))).toEqual(['doubled', 'lost', 'orphan', 'ranking'])
    } finally {
      place.remove()
    }
  })
})

describe('several commands at the same moment', () => {
  it('makes two sweeps of two starts, each complete and with the same ranking', async () => {
    const place = new SweepUnderFire(QUIET)
    try {
      const starts = [place.command(['start', 'fire']), place.command(['start', 'fire'])]
      expect(await Promise.all(starts.map(({ ended }) => ended))).toEqual([0, 0])
      const outcomes = ['fire.1', 'fire.2'].map((id) => outcomeOf(place.folder, `${place.folder}/runs/${id}`))
      expect(outcomes[0]).toEqual(outcomes[1])
      expect(place.processes()).toEqual([])
    } finally {
      place.remove()
    }
  })

  it('lets one of three resumes have a sweep whose orchestrator was killed, and runs nothing twice', async () => {
    const place = new SweepUnderFire(QUIET)
    const quiet = new SweepUnderFire(QUIET)
    try {
      expect(await quiet.command(['start', 'fire']).ended).toBe(0)
      const first = place.command(['start', 'fire'])
      await until('the first attempt', () => existsSync(`${place.sweepDir}/attempts.ndjson`))
      await new Promise((resolve) => setTimeout(resolve, 300))
      first.child.kill('SIGKILL')
      await first.ended
      const resumes = [1, 2, 3].map(() => place.command(['resume', 'fire']))
      const codes = await Promise.all(resumes.map(({ ended }) => ended))
      expect(codes.filter((code) => code === 0).length, resumes.map(({ said }) => said()).join('\n')).toBeGreaterThan(0)
      expect(codes.every((code) => code === 0 || code === 3)).toBe(true)
      expect(violations(place, outcomeOf(quiet.folder, quiet.sweepDir))).toEqual([])
    } finally {
      place.remove()
      quiet.remove()
    }
  })
})
