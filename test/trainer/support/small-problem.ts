import { rngFor } from '../../../src/base/rng.ts'
import { augmentationDefaults, augmentationSettings } from '../../../src/trainer/augmentation-settings.ts'
import type { Dataset } from '../../../src/trainer/dataset.ts'
import { denseTable } from '../../../src/trainer/features/feature-table.ts'
import type { Settings } from '../../../src/trainer/settings.ts'
import { trainingDefaults, trainingSettings } from '../../../src/trainer/training-settings.ts'

/** Two tasks that features decide up to some noise; class `rare` has about a tenth of the rows. */
export function smallDataset(rows = 400, width = 12): Dataset {
  const rng = rngFor(5, 'small problem')
  const direction = Array.from({ length: 2 * width }, () => rng.normal())
  const features = new Float32Array(rows * width)
  const tone = new Int32Array(rows)
  const place = new Int32Array(rows)
  for (let n = 0; n < rows; n++) {
    let [first, second] = [0.3 * rng.normal(), 0.3 * rng.normal()]
    for (let d = 0; d < width; d++) {
      const x = rng.normal()
      features[n * width + d] = x
      first += x * (direction[d] ?? 0)
      second += x * (direction[width + d] ?? 0)
    }
    tone[n] = first > 0 ? 1 : 0
    place[n] = second > 4.5 ? 2 : second > 0 ? 1 : 0
  }
  const part = (from: number, to: number) =>
    Int32Array.from({ length: Math.floor(to * rows) - Math.floor(from * rows) }, (_, i) => Math.floor(from * rows) + i)
  return {
    tasks: [
      { name: 'tone', classes: ['bad', 'good'] },
      { name: 'place', classes: ['north', 'south', 'rare'] },
    ],
    ids: Array.from({ length: rows }, (_, n) => `row-${n}`),
    features: denseTable(features, width),
    width,
    labels: new Map([
      ['tone', tone],
      ['place', place],
    ]),
    splits: { train: part(0, 0.6), val: part(0.6, 0.8), test: part(0.8, 1) },
  }
}

/** Small heads that learn the small problem in a fraction of a second. */
export function smallSettings(changes: Partial<Settings> = {}): Settings {
  return {
    data: 'quickstart',
    backend: 'wasm',
    encoder: 'hash',
    pooling: 'mean',
    maxLength: 128,
    unfreezeLayers: 0,
    gradientCheckpointing: false,
    featureWidth: 12,
    epochs: 6,
    patience: 0,
    batchSize: 16,
    gradientAccumulation: 1,
    learningRate: 0.02,
    weightDecay: 0.01,
    adamEpsilon: 1e-8,
    warmupRatio: 0.1,
    maxGradNorm: 1,
    hidden: 16,
    layers: 1,
    dropout: 0.1,
    ...trainingSettings({ ...trainingDefaults }),
    classWeights: 'balanced',
    classWeightCap: 10,
    watch: [],
    checkpointsKept: 1,
    calibrate: 'none',
    ...augmentationSettings({ ...augmentationDefaults }),
    tasks: new Map([
      [
        'tone',
        {
          gamma: 1,
          diceAlpha: 0.01,
          startEpoch: 1,
          labelSmoothing: 0,
          taskWeight: 1,
          classMultiplier: [1, 1],
          boost: [1, 1],
          copies: [0, 0],
          syntheticShare: [1, 1],
        },
      ],
      [
        'place',
        {
          gamma: 2,
          diceAlpha: 0.01,
          startEpoch: 1,
          labelSmoothing: 0.05,
          taskWeight: 1.3,
          classMultiplier: [1, 1, 1.5],
          boost: [1, 1, 3],
          copies: [0, 0, 0],
          syntheticShare: [1, 1, 1],
        },
      ],
    ]),
    notes: [],
    ...changes,
  }
}
