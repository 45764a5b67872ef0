import { rngFor } from '../../../src/base/rng.ts'
import type { Engine } from '../../../src/trainer/engine/engine.ts'
import type { Body } from '../../../src/trainer/model/body.ts'
import { fineTunedBody } from '../../../src/trainer/model/encoder/fine-tuned-body.ts'
import { featureRows } from '../../../src/trainer/model/feature-rows.ts'
import type { Settings } from '../../../src/trainer/settings.ts'
import { trainingPlan } from '../../../src/trainer/training/plan.ts'
import { train } from '../../../src/trainer/training/train.ts'
import { randomWeights, smallArchitecture } from './plain-encoder.ts'
import { smallDataset, smallSettings } from './small-problem.ts'

/** Losses of training and validation, epoch after epoch, of the same training wherever it is computed. */
export interface LossSequence {
  readonly what: string
  on(engine: Engine): Promise<number[]>
}

function lossSequence(what: string, given: { body: Body; rows: number; width: number; changes: Partial<Settings> }) {
  const dataset = smallDataset(given.rows, given.width)
  const settings = smallSettings(given.changes)
  const { tasks: plans } = trainingPlan(dataset, settings)
  return {
    what,
    on: async (engine: Engine) => {
      const losses: number[] = []
      await train({
        dataset,
        body: given.body,
        plans,
        settings,
        engine,
        seed: 1,
        enter: () => {},
        onEpoch: ({ trainLoss, validation }) => losses.push(trainLoss, validation.loss),
      })
      return losses
    },
  }
}

const architecture = smallArchitecture({ positions: 60 })

function smallEncoder(rows: number): Body {
  const tokens_N = Array.from({ length: rows }, (_, n) => {
    const rng = rngFor(8, 'text', n)
    return Int32Array.from({ length: 3 + ((n * 7) % 23) }, () => rng.below(architecture.vocabulary))
  })
  const start = randomWeights(architecture)
  return fineTunedBody({ architecture, start, tokens_N, pooling: 'last4_mean', unfrozen: 'all', recompute: false })
}

/** Heads with dropout on fixed features, computed in both ways, and an encoder that learns. */
export const lossSequences: readonly LossSequence[] = [
  ...(['dense', 'sparse'] as const).map((kind) =>
    lossSequence(`heads on ${kind} features`, {
      body: featureRows(smallDataset().features, kind),
      rows: 400,
      width: 12,
      changes: { epochs: 2, gradientAccumulation: 2 },
    }),
  ),
  lossSequence('an encoder and its heads', {
    body: smallEncoder(60),
    rows: 60,
    width: architecture.width,
    changes: { epochs: 1, batchSize: 12, learningRate: 0.002 },
  }),
]
