// Mixes of trials for bench/packing, drawn from a seed.
import { type Rng, rngFor } from '../src/base/rng.ts'
import type { Card, SimulatedTrial } from './packing-simulation.ts'

export const GIB = 2 ** 30
const MINUTE = 60_000

export function cardsOf(...gib: number[]): Card[] {
  return gib.map((size, i) => ({ uuid: `GPU-${i}`, memoryBytes: size * GIB }))
}

/**
 * Fine-tuning multilingual BERT (178 M parameters): 2.9 GiB of weights, gradients and Adam's moments and the CUDA
 * context, plus what grows with batch x length; 3.6 to 12 GiB. Around 56 minutes, as one trial took; early stopping
 * scatters that. Larger batches use more of the GPU: 0.35 to 0.7 of it.
 */
export function mbert(seed: number, count: number): SimulatedTrial[] {
  const rng = rngFor(seed, 'mbert')
  return Array.from({ length: count }, (_, i) => {
    const batch = pick(rng, [8, 16, 32])
    const length = pick(rng, [64, 128, 256])
    const params = { batch_size: batch, max_length: length, gamma: pick(rng, [1, 2, 3]), learning_rate: rng.uniform() }
    return {
      key: `t${i}`,
      gpus: 1,
      peakBytes: (3.03 + (batch * length * 8.97) / 8192) * GIB * (1 + 0.02 * (rng.uniform() - 0.5)),
      ms: 56 * MINUTE * (length / 128) ** 0.6 * Math.exp(0.35 * rng.normal()),
      utilisation: { 8: 0.35, 16: 0.5, 32: 0.7 }[batch] as number,
      params,
    }
  })
}

/** A few trials for two GPUs of 24 GiB, small enough to look at every schedule. */
export function small(seed: number, kind: 'single' | 'mixed'): SimulatedTrial[] {
  const rng = rngFor(seed, 'small', kind)
  return Array.from({ length: 7 }, (_, i) => {
    const two = kind === 'mixed' && rng.uniform() < 0.25
    return {
      key: `t${i}`,
      gpus: two ? 2 : 1,
      peakBytes: (3 + 12 * rng.uniform()) * GIB,
      ms: 30 * MINUTE * Math.exp(0.6 * rng.normal()),
      utilisation: 0.3 + 0.4 * rng.uniform(),
      params: {},
    }
  })
}

/** Shares, single and multi-GPU trials in one queue; every tenth wants two or four GPUs whole. */
export function mixed(seed: number, count: number): SimulatedTrial[] {
  const rng = rngFor(seed, 'mixed')
  return Array.from({ length: count }, (_, i) => {
    const gpus = i % 10 === 9 ? pick(rng, [2, 4]) : 1
    return {
      key: `t${i}`,
      gpus,
      peakBytes: (gpus > 1 ? 20 : 1 + 11 * rng.uniform() ** 2) * GIB,
      ms: 30 * MINUTE * Math.exp(0.8 * rng.normal()),
      utilisation: gpus > 1 ? 0.95 : 0.3 + 0.4 * rng.uniform(),
      params: {},
    }
  })
}

/** Made to mislead: short small ones first, then one that is longer than half of all and needs a whole GPU. */
export function adversarial(seed: number, count: number): SimulatedTrial[] {
  const rng = rngFor(seed, 'adversarial')
  const short = Array.from({ length: count - 2 }, (_, i) => ({
    key: `s${i}`,
    gpus: 1,
    peakBytes: (7 + 5 * rng.uniform()) * GIB,
    ms: (5 + 20 * rng.uniform()) * MINUTE,
    utilisation: 0.5,
    params: {},
  }))
  const large = [1, 2].map((n) => ({
    key: `l${n}`,
    gpus: n,
    peakBytes: 22 * GIB,
    ms: 240 * MINUTE,
    utilisation: 0.9,
    params: {},
  }))
  return [...short, ...large]
}

function pick<T>(rng: Rng, choices: readonly T[]): T {
  return choices[rng.below(choices.length)] as T
}
