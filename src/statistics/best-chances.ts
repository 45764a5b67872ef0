import type { Rng } from '../base/rng.ts'

/** What is believed of the true means: independent normals; larger is better. */
export interface Belief {
  readonly means: readonly number[]
  /** 0 or more; same length. */
  readonly sds: readonly number[]
}

/** What is believed of who is best. */
export interface BestChances {
  /** Chance of each that its true mean is the largest; they sum to 1. */
  readonly chances: readonly number[]
  /** How far the true mean of each is expected to lie below the largest one; 0 or more. */
  readonly regrets: readonly number[]
}

const DRAWS = 4000
const FEWEST_DRAWS = 200
const MOST_NORMALS = 400_000

/** By seeded simulation from the belief; an even share where several are best. */
export function bestChances({ means, sds }: Belief, rng: Rng, wanted = DRAWS): BestChances {
  const k = means.length
  const draws = Math.min(wanted, Math.max(FEWEST_DRAWS, Math.floor(MOST_NORMALS / Math.max(1, k))))
  const chances = means.map(() => 0)
  const regrets = means.map(() => 0)
  for (let draw = 0; draw < draws; draw++) {
    const truth = means.map((mean, i) => mean + (sds[i] as number) * rng.normal())
    const best = truth.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    const winners = truth.flatMap((value, i) => (value === best ? [i] : []))
    for (const i of winners) chances[i] = (chances[i] as number) + 1 / winners.length / draws
    for (const [i, value] of truth.entries()) regrets[i] = (regrets[i] as number) + (best - value) / draws
  }
  return { chances, regrets }
}
