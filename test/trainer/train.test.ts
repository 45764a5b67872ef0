import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/trainer/engine/engine.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { dispose } from '../../src/trainer/engine/tf.ts'
import { featureRows } from '../../src/trainer/model/feature-rows.ts'
import type { Settings } from '../../src/trainer/settings.ts'
import { evaluate, logitsOfRows } from '../../src/trainer/training/evaluate.ts'
import { modelWeights } from '../../src/trainer/training/learner-state.ts'
import { trainingPlan } from '../../src/trainer/training/plan.ts'
import { type EpochRecord, type TrainingState, train } from '../../src/trainer/training/train.ts'
import { smallDataset, smallSettings } from './support/small-problem.ts'

describe('training', () => {
  const dataset = smallDataset()
  const body = featureRows(dataset.features)
  let engine: Engine
  beforeAll(async () => {
    engine = await engines.wasm.open()
  })

  async function trained(changes: Partial<Settings> = {}, options: { seed?: number; from?: TrainingState } = {}) {
    const settings = smallSettings(changes)
    const { tasks: plans } = trainingPlan(dataset, settings)
    const records: EpochRecord[] = []
    const states: TrainingState[] = []
    const end = await train({
      dataset,
      body,
      plans,
      settings,
      engine,
      seed: options.seed ?? 1,
      ...(options.from && { from: options.from }),
      enter: () => {},
      onEpoch: (record, state) => {
        records.push(record)
        states.push(state)
      },
    })
    return { end, records, states, plans }
  }

  it('learns: loss falls and macro-F1 is far above chance for both tasks', async () => {
    const { records, end } = await trained()
    expect(records.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
    expect(records.at(-1)?.trainLoss).toBeLessThan((records[0]?.trainLoss ?? 0) / 2)
    expect(end.best?.macroF1).toBeGreaterThan(0.75)
    expect(records.at(-1)?.learningRate).toBeLessThan(0.002)
  })

  it('gives the same bits for the same seed and others for another seed', async () => {
    const [a, b, c] = [await trained(), await trained(), await trained({}, { seed: 2 })]
    expect(a.end).toEqual(b.end)
    expect(a.end.learner.weights).not.toEqual(c.end.learner.weights)
  })

  it('goes on from any epoch with the same bits as without an interruption', async () => {
    const { end, states } = await trained({ gradientAccumulation: 2 })
    for (const from of states.slice(0, -1)) {
      expect((await trained({ gradientAccumulation: 2 }, { from })).end).toEqual(end)
    }
  })

  it('keeps the weights of the best epoch, and they give its figure again', async () => {
    const { end, plans, records } = await trained({ epochs: 5, learningRate: 0.3 })
    const best = records.find(({ epoch }) => epoch === end.best?.epoch)
    const weights = modelWeights({ body, plans }, end.best?.weights ?? new Map())
    const rows_N = dataset.splits.val
    const again = await evaluate(await logitsOfRows(weights, { body, plans, rows_N }), plans, rows_N)
    dispose([...weights.values()])
    expect(again).toEqual(best?.validation)
    expect(Math.max(...records.map(({ validation }) => validation.macroF1))).toBe(again.macroF1)
  })

  it('stops once validation has not improved for as many epochs as patience says', async () => {
    const { end } = await trained({ epochs: 60, patience: 2 })
    expect(end.epoch).toBeLessThan(60)
    expect(end.epoch - (end.best?.epoch ?? 0)).toBe(2)
  })

  it('trains linear heads, without dropout and clipping, by plain cross-entropy', async () => {
    const { end } = await trained({
      epochs: 12,
      learningRate: 0.1,
      layers: 0,
      dropout: 0,
      maxGradNorm: 0,
      loss: 'cross_entropy',
      warmupRatio: 0,
    })
    expect(end.best?.macroF1).toBeGreaterThan(0.75)
    expect([...end.learner.weights.keys()]).toEqual([
      'tone.output.weight',
      'tone.output.bias',
      'place.output.weight',
      'place.output.bias',
    ])
  })

  it('ends with an error when the loss is no longer a number', async () => {
    await expect(trained({ learningRate: 1e30, maxGradNorm: 0 })).rejects.toMatchObject({ code: 'LOSS_NOT_FINITE' })
  })

  it('says which class weight was capped', () => {
    const { warnings } = trainingPlan(dataset, smallSettings({ classWeightCap: 2 }))
    expect(warnings).toEqual([
      expect.stringMatching(/^Class weight of place\.rare capped at 2 \(it would be \d+\.\d\d\)\.$/),
    ])
  })
})
