// Learning curves that pruners are played on: recorded ones, and made-up families in which early order predicts late
// order, or does not. Every curve is one trial that ran to its end; larger is better in all of them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Rng, rngFor } from '../../src/base/rng.ts'

/** Trials that may be drawn, each with its curve and what its configuration is truly worth. */
export interface Curves {
  readonly name: string
  /** What is known of it beforehand: whether a pruner should help here. */
  readonly early: 'predicts' | 'misleads'
  /** Epochs of a trial that runs to its end, at most. */
  readonly epochs: number
  readonly trials: readonly { readonly curve: readonly number[]; readonly worth: number }[]
}

const folder = () => process.env.SWEEP_TABLES ?? join(import.meta.dirname, '../../../shared/data/hpo')

/** @returns the recorded curves that are there; none where the folder is missing */
export function recordedCurves(): Curves[] {
  const reviews = join(folder(), 'reviews_epochs.csv')
  const wandb = join(folder(), 'wandb_hyperband_116_runs.json')
  return [...(existsSync(reviews) ? [readReviews(reviews)] : []), ...(existsSync(wandb) ? [readWandb(wandb)] : [])]
}

/** 48 configurations with 6 seeds of 12 epochs; one is worth its mean over the seeds. */
function readReviews(file: string): Curves {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  const column = (name: string) => head.split(',').indexOf(name)
  const [config, seed, metric] = [column('config'), column('seed'), column('val_mean_f1')]
  const curves = new Map<string, number[]>()
  for (const line of lines) {
    const cells = line.split(',')
    const key = `${cells[config]} ${cells[seed]}`
    const curve = curves.get(key) ?? []
    curve.push(Number(cells[metric]))
    curves.set(key, curve)
  }
  const of = (key: string) => key.split(' ')[0]
  const trials = [...curves].map(([key, curve]) => {
    const finals = [...curves].filter(([other]) => of(other) === of(key)).map(([, it]) => it.at(-1) as number)
    return { curve, worth: finals.reduce((sum, it) => sum + it, 0) / finals.length }
  })
  return { name: 'reviews', early: 'predicts', epochs: 12, trials }
}

function readWandb(file: string): Curves {
  const { runs } = JSON.parse(readFileSync(file, 'utf8')) as { runs: number[][] }
  const trials = runs.map((curve) => ({ curve, worth: curve.at(-1) as number }))
  return { name: 'wandb-116', early: 'predicts', epochs: 100, trials }
}

type Maker = (rng: Rng, epochs: number) => readonly number[]

/** Normal numbers that wander: neighbouring epochs are alike. */
function wander(rng: Rng, epochs: number, sd: number): number[] {
  let at = rng.normal() * sd
  return Array.from({ length: epochs }, () => {
    at = 0.8 * at + 0.6 * rng.normal() * sd
    return at
  })
}

/** Where a configuration ends: most are middling, some are bad, few are good. */
const finalOf = (rng: Rng) => 0.8 + 0.05 * rng.normal() - 0.1 * rng.uniform() ** 4

const FAMILIES: Readonly<Record<string, readonly ['predicts' | 'misleads', Maker]>> = {
  // A power law with its own rate: order is right early and gets better.
  'power-law': [
    'predicts',
    (rng, epochs) => {
      const final = finalOf(rng)
      const drop = 0.3 + 0.08 * rng.normal()
      const rate = 0.5 * Math.exp(0.3 * rng.normal())
      const noise = wander(rng, epochs, 0.005)
      return noise.map((it, i) => final - drop * (final < 0.75 ? 1.2 : 1) * ((i + 1) ** -rate - epochs ** -rate) + it)
    },
  ],
  // The same order from the first epoch on, under noise.
  'steady-order': [
    'predicts',
    (rng, epochs) => {
      const final = finalOf(rng)
      return wander(rng, epochs, 0.015).map((it, i) => final - 0.3 * Math.exp(-i / 8) + it * (i + 1 < epochs ? 1 : 0.1))
    },
  ],
  // The first epochs say little, the middle says much.
  'warming-up': [
    'predicts',
    (rng, epochs) => {
      const final = finalOf(rng)
      const start = 0.05 * rng.normal()
      return wander(rng, epochs, 0.004).map((it, i) => {
        const rest = Math.exp((-6 * (i + 1)) / epochs)
        return final * (1 - rest) + (0.4 + start) * rest + it
      })
    },
  ],
  // Early values have nothing to do with late ones.
  'no-order': [
    'misleads',
    (rng, epochs) => {
      const final = finalOf(rng)
      const start = 0.5 + 0.1 * rng.normal()
      return wander(rng, epochs, 0.005).map((it, i) => {
        const late = 1 / (1 + Math.exp(-(30 * (i + 1)) / epochs + 24))
        return start + (final - start) * late + it * (i + 1 < epochs ? 1 : 0.1)
      })
    },
  ],
  // Large steps start fast and end low: the order turns around.
  crossing: [
    'misleads',
    (rng, epochs) => {
      const speed = rng.normal()
      const final = 0.8 - 0.03 * speed + 0.02 * rng.normal()
      const tau = (epochs / 6) * Math.exp(-0.8 * speed)
      return wander(rng, epochs, 0.004).map((it, i) => final - 0.8 * Math.exp(-(i + 1) / tau) + it)
    },
  ],
  // Those that end best stand in the middle of the field until late; the others are in order from the start.
  'hidden-best': [
    'misleads',
    (rng, epochs) => {
      const final = finalOf(rng)
      const early = final > 0.82 ? 0.77 + 0.03 * rng.normal() : final
      return wander(rng, epochs, 0.004).map((it, i) => {
        const late = 1 / (1 + Math.exp(-(20 * (i + 1)) / epochs + 14))
        return early + (final - early) * late - 0.3 * Math.exp((-8 * (i + 1)) / epochs) + it
      })
    },
  ],
}

/** Names of the families. */
export const MADE_UP = Object.keys(FAMILIES)

/** @returns fresh curves of a family, others for each `draw` */
export function madeUpCurves(name: string, draw: number, { epochs = 52, many = 300 } = {}): Curves {
  const [early, make] = FAMILIES[name] as (typeof FAMILIES)[string]
  const rng = rngFor(draw, 'curves', name)
  const trials = Array.from({ length: many }, () => {
    const curve = make(rng, epochs)
    return { curve, worth: curve.at(-1) as number }
  })
  return { name, early, epochs, trials }
}
