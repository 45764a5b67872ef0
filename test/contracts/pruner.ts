import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/base/registry.ts'
import type { Pruner, Verdict } from '../../src/pruners/pruner.ts'
import type { Goal } from '../../src/trial/sweep-spec.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { aHistory, aTrial } from './a-history.ts'

const curveOf = (values: readonly number[]): Trial['curve'] => values.map((value, i) => [i + 1, value])

const CURVES: readonly (readonly number[])[] = [
  [],
  [0.5],
  [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
  [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
  [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
  [0.5, Number.NaN, 0.6, Number.POSITIVE_INFINITY],
  [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1],
]

/** Larger is better; the second half is in another order than the first. */
const slopes = (i: number) =>
  Array.from({ length: 10 }, (_, step) => 0.4 + 0.01 * ((i * 7) % 12) + 0.02 * step * ((i * 5) % 3))

/** Twelve trials in all states but failed ones, and some that fit in nowhere. */
function others(sign: number): Trial[] {
  const states = ['completed', 'completed', 'pruned', 'running', 'paused', 'failed', 'cancelled', 'waiting'] as const
  return Array.from({ length: 24 }, (_, i) => {
    const state = states[i % states.length] as Trial['state']
    const length = { completed: 10, pruned: 3, running: 6, paused: 3, failed: 4, cancelled: 2, waiting: 0 }[state]
    const values = slopes(i).slice(0, length)
    if (i === 6) values.fill(Number.NaN)
    const curve = curveOf(values.map((it) => sign * it))
    return aTrial({
      number: i + 1,
      configuration: i + 1,
      state,
      curve,
      ...(state === 'completed' && { value: curve.at(-1)?.[1] as number }),
    })
  })
}

/** What every pruner promises. */
export function prunerContract(name: string, entry: Entry<Pruner>): void {
  const defaults = entry.create({})
  const judge = (pruner: Pruner, curve: readonly number[], goal: Goal = 'maximize'): Verdict => {
    const sign = goal === 'maximize' ? 1 : -1
    const trial = aTrial({ number: 0, state: 'running', curve: curveOf(curve.map((value) => sign * value)) })
    return pruner.judge(trial, aHistory([trial, ...others(sign)], goal))
  }

  describe(`the pruner ${name}`, () => {
    it('lets a trial go on that has not reported', () => {
      expect(judge(defaults, []).action).toBe('continue')
    })

    it('lets the only trial run to its end', () => {
      const curve = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
      for (let length = 0; length <= curve.length; length++) {
        const trial = aTrial({ state: 'running', curve: curveOf(curve.slice(0, length)) })
        expect(defaults.judge(trial, aHistory([trial])).action).toBe('continue')
        expect(defaults.judge(trial, aHistory([])).action).toBe('continue')
      }
    })

    it('gives mirrored answers when the goal and all values are turned around', () => {
      for (const curve of CURVES) {
        for (let length = 0; length <= curve.length; length++) {
          const part = curve.slice(0, length)
          expect(judge(defaults, part, 'minimize').action).toBe(judge(defaults, part, 'maximize').action)
        }
      }
    })

    it('says in words why it ends a trial', () => {
      for (const curve of CURVES) {
        const verdict = judge(defaults, curve)
        if (verdict.action !== 'continue') expect(verdict.reason).toMatch(/^[A-Z0-9-].*\.$/)
      }
    })

    it('gives the same verdict again, to a copy too, and changes nothing of what it is given', () => {
      for (const curve of CURVES) {
        const trial = aTrial({ state: 'running', curve: curveOf(curve) })
        const trials = [trial, ...others(1)]
        const history = aHistory(trials)
        const before = structuredClone(trials)
        const first = defaults.judge(trial, history)
        expect(defaults.judge(trial, history)).toEqual(first)
        expect(entry.create({}).judge(trial, aHistory(structuredClone(trials)))).toEqual(first)
        expect(trials).toEqual(before)
      }
    })

    it('answers from lists that grew as from lists made at once', () => {
      const live = others(1).map((trial, i) => ({
        ...trial,
        number: i,
        configuration: i,
        state: 'running' as Trial['state'],
      }))
      const history = aHistory(live)
      for (let step = 0; step < 10; step++) {
        live.forEach((trial, i) => {
          if (trial.state !== 'running') return
          // Every fifth trial begins again from its checkpoint, with other values than before.
          const again = i % 5 === 0 && step === 6
          trial.curve = again
            ? [...trial.curve.slice(0, 3), [4, 0.9]]
            : [...trial.curve, [step + 1, slopes(i)[step] as number]]
          const verdict = defaults.judge(trial, history)
          expect(verdict).toEqual(entry.create({}).judge(trial, aHistory(structuredClone(live))))
          if (verdict.action !== 'continue') trial.state = verdict.action === 'stop' ? 'pruned' : 'paused'
          else if (step === 9) Object.assign(trial, { state: 'completed', value: trial.curve.at(-1)?.[1] })
        })
      }
      expect(live.some(({ state }) => state === 'completed')).toBe(true)
    })

    if (!Object.hasOwn(entry.options.shape, 'others')) return
    promotionContract(entry)
  })
}

/** What pruners with `others: pause` promise beyond. */
function promotionContract(entry: Entry<Pruner>): void {
  const pruner = entry.create({ others: 'pause', trust: false })

  it('promotes nobody while nobody is paused', () => {
    expect(pruner.promote?.(aHistory([]))).toBeUndefined()
    const trials = others(1)
      .filter(({ state }) => state !== 'paused')
      .map((trial, number) => ({ ...trial, number }))
    expect(pruner.promote?.(aHistory(trials))).toBeUndefined()
  })

  it('brings at least one of the trials to its end, and never promotes one from the same step twice', () => {
    const live = Array.from({ length: 30 }, (_, number) => ({
      ...aTrial({ number }),
      state: 'waiting' as Trial['state'],
    }))
    const history = aHistory(live)
    const seen = new Set<string>()
    // One slot; what goes on begins again from the start, as without a checkpoint.
    for (let turns = 0, fresh = 0; turns < 500; turns++) {
      const promoted = pruner.promote?.(history)
      const trial = promoted === undefined ? live[fresh++] : live[promoted.trial]
      if (trial === undefined) break
      if (promoted !== undefined) {
        expect(trial.state).toBe('paused')
        expect(promoted.reason).toMatch(/^[A-Z].*\.$/)
        const at = `${trial.number} from ${trial.curve.length}`
        expect(seen.has(at)).toBe(false)
        seen.add(at)
      }
      runAlone(trial, history, pruner)
    }
    expect(live.filter(({ state }) => state === 'completed').length).toBeGreaterThan(0)
    expect(live.filter(({ state }) => state === 'paused').length).toBeGreaterThan(0)
  })
}

type Live = { -readonly [Key in keyof Trial]: Trial[Key] }

function runAlone(trial: Live, history: ReturnType<typeof aHistory>, pruner: Pruner): void {
  trial.state = 'running'
  const number = trial.attempts.length + 1
  trial.attempts = [...trial.attempts, { number, startedAt: 0, slot: '0' }]
  trial.curve = []
  for (const [step, value] of curveOf(slopes(trial.number))) {
    trial.curve = [...trial.curve, [step, value]]
    const verdict = pruner.judge(trial, history)
    if (verdict.action === 'continue') continue
    const attempts = trial.attempts.slice(0, -1)
    trial.attempts = [...attempts, { number, startedAt: 0, slot: '0', end: 'stopped', reason: verdict.reason }]
    trial.state = 'paused'
    return
  }
  trial.state = 'completed'
  trial.value = trial.curve.at(-1)?.[1] as number
}
