import { z } from 'zod'
import { figure } from '../base/human-readable.ts'
import { entry } from '../base/registry.ts'
import type { Trial } from '../trial/trial.ts'
import type { Pruner, Verdict } from './pruner.ts'
import { badness, rungOf } from './rung.ts'

const CONTINUE: Verdict = { action: 'continue' }
/** Bands from `min_iter` on that W&B reckons with. */
const MOST_BANDS = 100

/**
 * W&B's `early_terminate: { type: hyperband }`, to the letter.
 *
 * Steps are not looked at: band b is the b-th finite value that a trial has reported, NaN and infinities are passed
 * over. A running trial is stopped when its value is worse than that of the trial at place int(n / eta), counted from
 * 0, among all n that have so many values, failed and stopped ones included. `strict` takes its value at the last band
 * that it has passed, otherwise its best one of all. A trial may be judged at each report, not at bands only.
 *
 * @source wandb/sweeps (MIT), hyperband_stopping.py, read as a specification; not Li et al.'s Hyperband
 */
export const wandbHyperband = entry({
  summary: "W&B's early_terminate of type hyperband, to the letter.",
  options: z.object({
    /** Values at the first band; each further one is eta times as far. */
    min_iter: z.int().min(1).optional(),
    /** Values at the end; divided by eta `s` times it gives the bands. Wins over min_iter. */
    max_iter: z.int().min(1).optional(),
    s: z.int().min(1).optional(),
    eta: z.number().gt(1).default(3),
    strict: z.boolean().default(true),
  }),
  create: (options): Pruner => {
    const bands = bandsOf(options)
    const { eta, strict } = options
    return {
      judge(trial, history) {
        const { goal } = history
        const values = trial.curve.map(([, value]) => value).filter(Number.isFinite)
        const band = bands.findLast((it) => it <= values.length)
        if (band === undefined) return CONTINUE
        const rung = rungOf(history, { step: band, group: 'finite values', states: 'all', placeOf: placeOfFinite })
        const threshold = rung.badAt(Math.floor(rung.size / eta))
        const bads = values.map((value) => badness(value, goal))
        const own = strict ? (bads[band - 1] as number) : bads.reduce((least, it) => Math.min(least, it))
        if (threshold === undefined || own <= threshold) return CONTINUE
        const [mine, theirs] = [own, threshold].map((bad) => figure(goal === 'minimize' ? bad : -bad))
        const reason = `After ${band} values it has ${mine}, worse than ${theirs}, the best 1/${eta} of ${rung.size} trials there.`
        return { action: 'stop', reason }
      },
    }
  },
})

/** Place of the n-th finite value; -1 with fewer. */
function placeOfFinite(curve: Trial['curve'], n: number): number {
  let found = 0
  return curve.findIndex(([, value]) => Number.isFinite(value) && ++found === n)
}

/** Ascending. With neither of both keys: from one value on. */
function bandsOf(options: {
  readonly min_iter?: number | undefined
  readonly max_iter?: number | undefined
  readonly s?: number | undefined
  readonly eta: number
}): number[] {
  const { min_iter = 1, max_iter, s = 1, eta } = options
  if (max_iter === undefined) return Array.from({ length: MOST_BANDS }, (_, i) => Math.floor(min_iter * eta ** i))
  const bands: number[] = []
  for (let i = 0, band = max_iter / eta; i < s && Math.floor(band) >= 1; i++, band /= eta) bands.push(Math.floor(band))
  return bands.sort((a, b) => a - b)
}
