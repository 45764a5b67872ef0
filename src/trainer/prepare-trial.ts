import { createHash } from 'node:crypto'
import { counted } from '../base/human-readable.ts'
import { withMoreTexts } from './augmentation/more-texts.ts'
import { syntheticLine, syntheticRows, withSyntheticRows } from './augmentation/synthetic-rows.ts'
import { loadTexts } from './data/load-texts.ts'
import type { Dataset } from './dataset.ts'
import type { TextEncoder } from './features/encoder.ts'
import { encoderSource } from './features/index.ts'
import type { Body } from './model/body.ts'
import { type FeatureRows, featureRows } from './model/feature-rows.ts'
import { dataOf, type RawParams, resolveSettings, type Settings } from './settings.ts'
import { classCounts } from './training/class-weights.ts'
import { type TaskPlan, trainingPlan } from './training/plan.ts'
import { sampleWeights } from './training/row-order.ts'
import type { TrialTools } from './trial-input.ts'

/** Everything that training needs, checked, and said to the person. */
export interface PreparedTrial {
  readonly dataset: Dataset
  readonly features: FeatureRows
  /** What the heads are trained on: the features, or an encoder that learns too. */
  readonly body: Body
  /** The rows' texts, in the order of the dataset; its synthetic rows, at the end, have none. */
  readonly texts: readonly string[]
  /** Rows in no split, which wait for pseudo-labels. */
  readonly unlabelled: Int32Array
  /** Fitted on the training texts; its state belongs beside the weights. */
  readonly encoder: TextEncoder
  readonly settings: Settings
  readonly plans: readonly TaskPlan[]
  /** SHA-256 of settings, data and seed: what decides every bit of the result on one machine. */
  readonly fingerprint: string
  readonly dataHash: string
}

/** @throws {UserError | ProblemsError} when parameters or data are wrong */
export async function prepareTrial(
  given: { params: RawParams; seed: number },
  tools: TrialTools,
): Promise<PreparedTrial> {
  const { report, stopwatch } = tools
  stopwatch.enter('data')
  const own = loadTexts(dataOf(given.params))
  const settings = resolveSettings(given.params, own.tasks)
  const { data: texts, unlabelled } = await withMoreTexts(own, { settings, seed: given.seed }, report.say)
  stopwatch.enter('features')
  // What the file has, not what was made of it: a copy would count its words twice.
  const { train } = own.splits
  const trainTexts = Array.from(train, (row) => own.texts[row] as string)
  const trainLabels = Array.from(own.labels.values(), (labels_N) => train.map((row) => labels_N[row] as number))
  const source = encoderSource(settings.encoder, settings.unfreezeLayers)
  const encoder = await source.fit({ texts: trainTexts, labels: trainLabels }, settings, report)
  const { tasks, ids, labels, splits } = texts
  const table = await encoder.encode(texts.texts, { remember: true })
  const real: Dataset = { tasks, ids, labels, splits, features: table, width: encoder.width }
  const dataset = withSynthetic(real, settings, { seed: given.seed, say: report.say })
  const features = featureRows(dataset.features)
  stopwatch.enter('start')
  const { tasks: plans, warnings } = trainingPlan(dataset, settings)
  for (const line of introduction(dataset, plans)) report.say(line)
  sayBoosts(dataset, settings, report.say)
  for (const text of settings.notes) report.note('info', text)
  for (const text of [...texts.notes, ...warnings]) report.note('warn', text)
  const decisive = [{ ...settings, tasks: [...settings.tasks] }, encoder.facts, texts.hash, given.seed]
  const fingerprint = createHash('sha256').update(JSON.stringify(decisive)).digest('hex')
  return {
    dataset,
    features,
    body: encoder.bodyOver?.(texts.texts) ?? features,
    texts: texts.texts,
    unlabelled,
    encoder,
    settings,
    plans,
    fingerprint,
    dataHash: own.hash,
  }
}

/** Adds rows between rows of the training split, and says how many of which class. */
function withSynthetic(dataset: Dataset, settings: Settings, { seed, say }: { seed: number; say(text: string): void }) {
  const { synthetic, syntheticNeighbours: neighbours } = settings
  const shares = dataset.tasks.map(({ name }) => settings.tasks.get(name)?.syntheticShare ?? [])
  const rows = syntheticRows(dataset, { synthetic, neighbours, shares }, seed)
  if (synthetic !== 'none') say(syntheticLine(dataset.tasks, rows, synthetic))
  return withSyntheticRows(dataset, rows)
}

/** Rows of each class in each split, measured, and the class weights that follow from them. */
function introduction(dataset: Dataset, plans: readonly TaskPlan[]): string[] {
  const { train, val, test } = dataset.splits
  const rows = counted(train.length + val.length + test.length, 'row')
  return [
    `${rows}: ${train.length} train, ${val.length} val, ${test.length} test; ${dataset.width} features`,
    ...plans.map((plan) => {
      const counts = [train, val, test].map((split) => classCounts(plan.labels_N, split, plan.classes.length))
      const classes = plan.classes.map((name, c) => {
        return `${name} ${counts.map((of) => of[c]).join('/')} (weight ${plan.classWeights[c]?.toFixed(2)})`
      })
      return `${plan.name}: ${classes.join(', ')}`
    }),
  ]
}

function sayBoosts(dataset: Dataset, settings: Settings, say: (text: string) => void): void {
  const weights = sampleWeights(dataset, settings)
  if (!weights) return
  const lowest = weights.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY).toFixed(2)
  const highest = weights.reduce((a, b) => Math.max(a, b), 0).toFixed(2)
  say(`boosted classes are drawn more often: sample weights ${lowest} .. ${highest}`)
}
