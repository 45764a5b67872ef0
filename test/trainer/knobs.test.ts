import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { bulkRandom } from '../../src/trainer/bulk-random.ts'
import { Checkpoints } from '../../src/trainer/checkpoints.ts'
import type { Engine } from '../../src/trainer/engine/engine.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { featureRows } from '../../src/trainer/model/feature-rows.ts'
import { parametersOf } from '../../src/trainer/model/parameters.ts'
import type { Settings, TaskSettings } from '../../src/trainer/settings.ts'
import { termsOf } from '../../src/trainer/training/epoch.ts'
import { Learner, rateFactor } from '../../src/trainer/training/learner.ts'
import { type LearnerParts, startOf, trainedParameters } from '../../src/trainer/training/learner-state.ts'
import { decayAt } from '../../src/trainer/training/moving-average.ts'
import { trainingPlan } from '../../src/trainer/training/plan.ts'
import type { EpochRecord, TrainingState } from '../../src/trainer/training/train.ts'
import { trainInOrder } from '../../src/trainer/training/train-in-order.ts'
import { smallDataset, smallSettings } from './support/small-problem.ts'

const dataset = smallDataset(200)
const body = featureRows(dataset.features)

function partsOf(changes: Partial<Settings> = {}): LearnerParts {
  const settings = smallSettings({ epochs: 4, ...changes })
  return { body, settings, plans: trainingPlan(dataset, settings).tasks }
}

/** The settings of the tasks, one of them changed. */
function withTask(name: string, changes: Partial<TaskSettings>): ReadonlyMap<string, TaskSettings> {
  const tasks = new Map(smallSettings().tasks)
  return tasks.set(name, { ...(tasks.get(name) as TaskSettings), ...changes })
}

const at = (values: Float32Array | undefined, i: number) => values?.[i] ?? Number.NaN

describe('the training by its knobs', () => {
  let engine: Engine
  const folder = mkdtempSync(join(tmpdir(), 'knobs-'))
  beforeAll(async () => {
    engine = await engines.wasm.open()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function trained(changes: Partial<Settings> = {}, from?: TrainingState) {
    const parts = partsOf(changes)
    const records: EpochRecord[] = []
    const states: TrainingState[] = []
    const end = await trainInOrder({
      ...parts,
      dataset,
      engine,
      seed: 1,
      ...(from && { from }),
      enter: () => {},
      onEpoch: (record, state) => {
        records.push(record)
        states.push(state)
      },
    })
    return { parts, end, records, states }
  }

  /** Steps of one epoch on given batches, without dropout. */
  async function stepped(changes: Partial<Settings>, groups: readonly (readonly number[][])[], rate = 0.01) {
    const parts = partsOf({ dropout: 0, ...changes })
    const start = startOf(parts, 1)
    const learner = new Learner(parts, start, engine)
    const states = []
    for (const batches of groups) {
      const random = bulkRandom(rngFor(1, 'dropout'))
      const options = { learningRate: rate, terms: termsOf([], parts), random }
      await learner.step(
        batches.map((rows) => Int32Array.from(rows)),
        options,
      )
      states.push(await learner.state())
    }
    learner.dispose()
    return { parts, start, states }
  }

  it.each(['fixed', 'uncertainty'] as const)(
    'accumulates gradients to those of one batch, however uneven the parts are, with %s weights',
    async (taskWeighting) => {
      const rows = Array.from({ length: 11 }, (_, i) => 3 * i)
      const whole = await stepped({ taskWeighting }, [[rows]])
      const parts = await stepped({ taskWeighting }, [[rows.slice(0, 7), rows.slice(7, 10), rows.slice(10)]])
      for (const [name, values] of whole.states[0]?.first ?? []) {
        for (const [i, value] of values.entries()) expect(at(parts.states[0]?.first.get(name), i)).toBeCloseTo(value, 6)
      }
    },
  )

  it('multiplies the learning rate of heads, and that of an encoder by the decay for each layer', async () => {
    const rows = [[[0, 1, 2, 3, 4, 5]]]
    const multiplied = await stepped({ headLrMultiplier: 3, weightDecay: 0 }, rows, 0.01)
    const faster = await stepped({ weightDecay: 0 }, rows, 0.03)
    expect(multiplied.states).toEqual(faster.states)
    const settings = { headLrMultiplier: 3, layerwiseLrDecay: 0.9 }
    expect(rateFactor({ group: 'head', depth: 0 }, settings)).toBe(3)
    expect(rateFactor({ group: 'body', depth: 1 }, settings)).toBeCloseTo(0.9, 12)
    expect(rateFactor({ group: 'body', depth: 13 }, settings)).toBeCloseTo(0.9 ** 13, 12)
    expect(rateFactor({ group: 'loss', depth: 0 }, settings)).toBe(1)
  })

  it('keeps the running mean of the weights, and judges and saves that', async () => {
    expect([0, 1, 90].map((steps) => decayAt(steps, 0.5))).toEqual([0.1, 2 / 11, 0.5])
    const groups = [[[0, 1, 2]], [[3, 4, 5]], [[6, 7, 8]]]
    const { start, states } = await stepped({ emaDecay: 0.15 }, groups)
    const name = 'place.hidden.0.weight'
    const [first, second] = [0, 1].map((s) => states[s]?.weights.get(name))
    const last = states[2]?.weights.get(name)
    for (const [i, value] of (states[2]?.average?.get(name) ?? []).entries()) {
      const one = 0.1 * at(start.weights.get(name), i) + 0.9 * at(first, i)
      const two = 0.15 * one + 0.85 * at(second, i)
      expect(value).toBeCloseTo(0.15 * two + 0.85 * at(last, i), 6)
    }
    const { end } = await trained({ emaDecay: 0.9 })
    const bestState = (await trained({ emaDecay: 0.9, epochs: end.best?.epoch ?? 0, schedule: 'constant' })).end
    expect(end.best?.weights.size).toBe(bestState.learner.average?.size)
    expect(end.best?.weights).not.toEqual(end.learner.weights)
  })

  it('learns the variance of each task beside the weights, and saves it only to go on', async () => {
    const { end, parts } = await trained({ taskWeighting: 'uncertainty' })
    expect(trainedParameters(parts).map(({ name }) => name)).toContain('place.log_variance')
    expect(at(end.learner.weights.get('place.log_variance'), 0)).not.toBe(0)
    expect([...(end.best?.weights.keys() ?? [])]).not.toContain('place.log_variance')
  })

  it('is the same with R-Drop as without while that warms up, and where nothing is dropped', async () => {
    const [plain, warm] = [await trained(), await trained({ rdropAlpha: 0.6, rdropWarmupEpochs: 4 })]
    expect(warm.end.learner).toEqual(plain.end.learner)
    const linear = { layers: 0, epochs: 2 }
    expect((await trained({ ...linear, rdropAlpha: 0.6 })).end.learner).toEqual((await trained(linear)).end.learner)
    const active = await trained({ rdropAlpha: 0.6, rdropWarmupEpochs: 2 })
    expect(active.states[1]?.learner).toEqual(plain.states[1]?.learner)
    expect(active.states[2]?.learner).not.toEqual(plain.states[2]?.learner)
  })

  it('leaves the head of a later task as it was until its stage, and judges only from there', async () => {
    const { states, end, parts, records } = await trained({ tasks: withTask('place', { startEpoch: 3 }) })
    const start = startOf(parts, 1)
    for (const { name } of parts.plans.flatMap(({ head }) => parametersOf(head))) {
      const moved = states[1]?.learner.weights.get(name)?.some((value, i) => value !== at(start.weights.get(name), i))
      expect(moved).toBe(name.startsWith('tone'))
    }
    expect(records.map(({ isBest }) => isBest).slice(0, 3)).toEqual([false, false, true])
    expect(end.best?.epoch).toBeGreaterThan(2)
    // Its first step is as long as the first step of AdamW is: about the learning rate for each weight.
    const steps = states[1]?.learner.steps
    expect(end.learner.idle.get('place.output.bias')).toBe(steps)
  })

  it('chooses the best epoch by the monitored metric', async () => {
    const { end, records } = await trained({ monitor: 'val/loss', learningRate: 0.2, epochs: 6 })
    const losses = records.map(({ metrics }) => metrics['val/loss'] ?? Number.NaN)
    expect(losses[(end.best?.epoch ?? 0) - 1]).toBe(Math.min(...losses))
    expect(end.best?.macroF1).toBe(records[(end.best?.epoch ?? 0) - 1]?.validation.macroF1)
  })

  it('stops early when improvements are smaller than min_delta', async () => {
    const { end } = await trained({ patience: 2, minDelta: 0.9, epochs: 20 })
    expect(end.epoch).toBe(3)
  })

  it('reduces the learning rate when validation stands still', async () => {
    const changes = { schedule: 'reduce_on_plateau', plateauFactor: 0.1, plateauPatience: 0, minDelta: 0.9 } as const
    const { records } = await trained({ ...changes, warmupRatio: 0 })
    for (const [i, rate] of [0.02, 0.02, 0.002, 0.0002].entries()) {
      expect(records[i]?.learningRate).toBeCloseTo(rate, 10)
    }
  })

  it('shows easy rows first, told by a first model', async () => {
    const { end, states } = await trained({ curriculum: 'linear' })
    expect(states[0]?.rowLosses).toHaveLength(dataset.splits.train.length)
    expect(end.rowLosses).toBe(states[0]?.rowLosses)
    const plain = await trained()
    expect(states[0]?.learner).not.toEqual(plain.states[0]?.learner)
    expect(end.learner.steps).toBe(plain.end.learner.steps)
  })

  it('weighs each choice of a cascade by the counts of its own two sides', () => {
    const settings = smallSettings({ cascade: { place: 'rare' }, classWeightCap: 1.2 })
    const { tasks, warnings } = trainingPlan(dataset, settings)
    const place = tasks[1]
    const [north = 0, south = 0, rare = 0] = place?.counts ?? []
    const [gate, rest] = place?.parts ?? []
    const rows = north + south + rare
    // The multiplier of rare is 1.5; it hits the cap.
    expect(gate?.classWeights).toEqual([rows / (2 * (north + south)), 1.2])
    expect(rest?.classWeights).toEqual([(north + south) / (2 * north), (north + south) / (2 * south)])
    expect(place?.classWeights).toEqual([...(rest?.classWeights ?? []), 1.2])
    expect(warnings).toEqual([expect.stringMatching(/^Class weight of place\.rare capped at 1\.2/)])
    const row = Array.from(dataset.splits.train).find((n) => place?.labels_N[n] === 2) ?? 0
    expect([gate?.labels_N[row], rest?.labels_N[row]]).toEqual([1, -1])
  })

  it.each([
    ['Dice loss', { loss: 'dice' }],
    ['a cascade', { cascade: { place: 'rare' } }],
    ['layer normalization and gelu', { layerNorm: true, activation: 'gelu' }],
    ['two hidden layers of tanh', { layers: 2, activation: 'tanh' }],
    ['R-Drop', { rdropAlpha: 0.6, dropout: 0.25 }],
  ] as [string, Partial<Settings>][])('learns with %s', async (_, changes) => {
    const { end, records } = await trained({ epochs: 8, ...changes })
    expect(end.best?.macroF1).toBeGreaterThan(0.55)
    expect(records.at(-1)?.trainLoss).toBeLessThan(records[0]?.trainLoss ?? 0)
  })

  it.each([
    ['averaged weights', { emaDecay: 0.9 }],
    ['task weights by uncertainty', { taskWeighting: 'uncertainty' }],
    ['task weights by difficulty', { taskWeighting: 'difficulty' }],
    ['plateaus', { schedule: 'reduce_on_plateau', plateauPatience: 0, minDelta: 0.2, warmupRatio: 0 }],
    ['a curriculum', { curriculum: 'root' }],
    ['stages', { tasks: withTask('place', { startEpoch: 3 }) }],
    ['a cascade', { cascade: { place: 'south' } }],
    ['R-Drop that warms up', { rdropAlpha: 0.6, rdropWarmupEpochs: 2 }],
  ] as [string, Partial<Settings>][])(
    'goes on from a checkpoint file with the same bits: %s',
    async (name, changes) => {
      const { end, states, parts } = await trained(changes)
      const place = join(folder, name)
      const checkpoints = new Checkpoints(place, { parameters: trainedParameters(parts), fingerprint: 'a', kept: 1 })
      for (const state of states.slice(0, -1)) {
        checkpoints.save(state)
        const from = checkpoints.latest((reason) => expect.unreachable(reason))
        expect(from).toEqual(state)
        expect((await trained(changes, from)).end).toEqual(end)
      }
    },
  )

  it('fails with the epoch and the step when a loss is no number', async () => {
    await expect(trained({ learningRate: 1e30, maxGradNorm: 0 })).rejects.toMatchObject({
      code: 'LOSS_NOT_FINITE',
      message: expect.stringMatching(/became infinite or not a number in epoch 1, step \d+ of the training/),
    })
  })
})
