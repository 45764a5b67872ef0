import { describe, expect, it } from 'vitest'
import { resolveSettings } from '../../src/trainer/settings.ts'
import { classWeights } from '../../src/trainer/training/class-weights.ts'
import { trainingDefaults } from '../../src/trainer/training-settings.ts'

const tasks = [
  { name: 'sentiment', classes: ['negative', 'neutral', 'positive'] },
  { name: 'polarization', classes: ['non_polarized', 'objective', 'partisan'] },
]
const preset = (name: 'run-1' | 'run-2') => resolveSettings({ data: 'quickstart', preset: name }, tasks)

/** What both runs have in common. */
const common = {
  batchSize: 16,
  gradientAccumulation: 3,
  learningRate: 2.5e-5,
  weightDecay: 0.03,
  warmupRatio: 0.2,
  maxGradNorm: 0.5,
  hidden: 768,
  layers: 3,
  dropout: 0.25,
  pooling: 'last4_mean',
  loss: 'focal',
  classWeights: 'balanced',
  classWeightCap: 10,
  rdropAlpha: 0.6,
  rdropWarmupEpochs: 2,
  layerwiseLrDecay: 0.9,
  headLrMultiplier: 3,
  gradientCheckpointing: true,
}

describe.each([
  {
    name: 'run-1',
    own: { epochs: 12, patience: 6, checkpointsKept: 3 },
    gamma: [2, 2.5],
    boost: { objective: 6, neutral: 2.5 },
  },
  {
    name: 'run-2',
    own: { epochs: 20, patience: 8, checkpointsKept: 5 },
    gamma: [3, 3.5],
    boost: { objective: 10, neutral: 4 },
  },
] as const)('the preset $name', ({ name, own, gamma, boost }) => {
  const settings = preset(name)

  it('has the numbers of the whole trial', () => {
    expect(settings).toMatchObject({ ...common, ...own })
    expect(settings.batchSize * settings.gradientAccumulation).toBe(48)
  })

  it('has the numbers of sentiment', () => {
    expect(settings.tasks.get('sentiment')).toMatchObject({
      gamma: gamma[0],
      labelSmoothing: 0.1,
      taskWeight: 1,
      classMultiplier: [1.1, 1.8, 1.3],
      boost: [1, boost.neutral, 1],
    })
  })

  it('has the numbers of polarization', () => {
    expect(settings.tasks.get('polarization')).toMatchObject({
      gamma: gamma[1],
      labelSmoothing: 0.08,
      taskWeight: 1.3,
      classMultiplier: [1.2, 2.5, 0.95],
      boost: [1, boost.objective, 1],
    })
  })

  it('leaves everything at rest that the recipe does not name', () => {
    expect(settings).toMatchObject({
      schedule: 'cosine',
      activation: 'relu',
      layerNorm: false,
      taskWeighting: 'fixed',
      monitor: 'val/macro_f1',
      minDelta: 0,
      emaDecay: 0,
      curriculum: 'none',
      cascade: {},
    })
    expect([...settings.tasks.values()].map(({ startEpoch }) => startEpoch)).toEqual([1, 1])
  })
})

describe('the class weights of run-1', () => {
  it('come from base weights that the run printed, and objective hits the cap', () => {
    // 0.62 / 2.23 / 3.12 = n / (3 n_c); of polarization 1.44 and 0.48, so the rest of the rows is objective.
    const share = [1.44, 0.48].map((base) => 1 / (3 * base))
    const objective = 1 - (share[0] ?? 0) - (share[1] ?? 0)
    const counts = [share[0] ?? 0, objective, share[1] ?? 0].map((part) => Math.round(part * 10_000))
    const multiplier = preset('run-1').tasks.get('polarization')?.classMultiplier ?? []
    const { weights, capped } = classWeights(counts, { balanced: true, multiplier, cap: 10 })
    expect(weights.map((weight) => +weight.toFixed(2))).toEqual([1.73, 10, 0.46])
    expect(capped.map((one) => one.class)).toEqual([1])
  })
})

describe('knobs of the training', () => {
  const resolve = (params: object) => resolveSettings({ data: 'quickstart', ...params }, tasks)

  it('know checkpoints_kept by its name in Hugging Face too, which wins over a preset', () => {
    expect(resolve({ save_total_limit: 2 }).checkpointsKept).toBe(2)
    expect(resolve({ preset: 'run-1', save_total_limit: 2 }).checkpointsKept).toBe(2)
  })

  it('may differ by task where they are numbers', () => {
    const { tasks } = resolve({ 'stages.polarization': 4, dice_alpha: { sentiment: 0.3 }, epochs: 6 })
    expect(tasks.get('polarization')?.startEpoch).toBe(4)
    expect([...tasks.values()].map(({ diceAlpha }) => diceAlpha)).toEqual([0.3, 0.01])
  })

  it.each([
    [{ monitor: 'val/f1' }, /monitor is "val\/f1", which no epoch reports.*Known: val\/macro_f1/],
    [
      { cascade: { polarisation: 'objective' } },
      /"polarisation" is no task.*Try: cascade: \{polarization: objective\}/,
    ],
    [{ cascade: { polarization: 'objektive' } }, /"objektive" is no class of polarization.*objective\}/],
    [{ stages: { polarization: 7 }, epochs: 6 }, /polarization begins in epoch 7, but there are 6 epochs/],
    [{ stages: 2 }, /No task begins in epoch 1/],
    [{ ema_decay: 1 }, /ema_decay/],
    [{ schedule: 'plateau' }, /schedule/],
  ])('are refused where they do not fit each other or the data: %j', (params, message) => {
    expect(() => resolve(params)).toThrow(message)
  })

  it('all make another configuration, which no checkpoint of this one is gone on from', () => {
    const words: Record<string, unknown> = {
      schedule: 'linear',
      loss: 'dice',
      activation: 'tanh',
      task_weighting: 'difficulty',
      layer_norm: true,
      monitor: 'val/loss',
      curriculum: 'root',
      cascade: { polarization: 'objective' },
    }
    const plain = JSON.stringify(resolve({}))
    for (const [name, value] of Object.entries(trainingDefaults)) {
      const number = /epochs|patience/.test(name) ? 3 : Number(value) / 3 + 0.2
      expect(JSON.stringify(resolve({ [name]: words[name] ?? number })), name).not.toBe(plain)
    }
  })

  it('say when they do nothing', () => {
    expect(resolve({ rdrop_alpha: 0.5, layers: 0 }).notes).toEqual([expect.stringMatching(/^rdrop_alpha does nothing/)])
    expect(resolve({ rdrop_alpha: 0.5, layers: 1 }).notes).toEqual([])
    expect(resolve({ loss: 'dice', gamma: 2 }).notes).toEqual([expect.stringMatching(/^gamma is of the focal loss/)])
  })
})
