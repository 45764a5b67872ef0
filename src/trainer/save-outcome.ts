import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { BugError } from '../base/errors.ts'
import { duration } from '../base/human-readable.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { CALIBRATION_FILE, type CalibrationFile } from '../protocol/calibration-file.ts'
import type { TaskPredictions } from '../protocol/predictions.ts'
import { writePredictions } from '../protocol/predictions-file.ts'
import { type CalibrationInput, calibrationFile, calibrationLines, calibrationMetrics } from './calibrate.ts'
import { dispose } from './engine/tf.ts'
import { type CardInput, modelCard } from './outputs/model-card.ts'
import { modelCardText } from './outputs/model-card-text.ts'
import { writeCurve } from './outputs/write-curve.ts'
import { writeDetails } from './outputs/write-details.ts'
import { writeSplits } from './outputs/write-splits.ts'
import type { PreparedTrial } from './prepare-trial.ts'
import {
  type Evaluation,
  evaluate,
  type Logits,
  logitsOfRows,
  metricsOf,
  probabilitiesOf,
} from './training/evaluate.ts'
import { modelWeights } from './training/learner-state.ts'
import type { Best, TrainingState } from './training/train.ts'
import type { TrialInput, TrialTools } from './trial-input.ts'
import { verifyWeights, type WrittenWeights, writeWeights } from './weights-file.ts'

export interface Outcome extends PreparedTrial, TrialInput {
  readonly end: TrainingState
}

/** What the best weights say about one split. */
interface Judged {
  readonly split: 'val' | 'test'
  readonly logits: Logits
  readonly evaluation: Evaluation
}

/**
 * Saves what a finished training is worth: weights first, read back and verified, then predictions and details of
 * validation and test (the only time that test is looked at), then the result.
 */
export async function saveOutcome(outcome: Outcome, { report, stopwatch }: TrialTools): Promise<void> {
  const best = outcome.end.best
  if (!best) throw new BugError('A training ended without a best epoch.')
  stopwatch.enter('evaluate')
  const weights = modelWeights(outcome, best.weights)
  const val = await judge('val', outcome, weights)
  if (val.evaluation.macroF1 !== best.macroF1) throw new BugError('The best weights do not give the best figure.')
  stopwatch.enter('write')
  const written = await saveWeights(outcome, best, val.evaluation, report)
  stopwatch.enter('evaluate')
  const test = await judge('test', outcome, weights)
  dispose([...weights.values()])
  stopwatch.enter('write')
  const details = join(outcome.trialDir, TRIAL_FILES.details)
  const [validation, onTest] = [predictionsOf(val, outcome), predictionsOf(test, outcome)]
  for (const predictions of [validation, onTest]) {
    writePredictions(join(outcome.trialDir, TRIAL_FILES.predictions), predictions)
    writeDetails(details, predictions)
  }
  const calibration = calibrated(outcome, { validation, test: onTest, weights: written.sha256 })
  writeSplits(details, outcome.dataset)
  writeCurve(details, outcome.end.curve)
  const configuration = plainSettings(outcome.settings)
  writeJson(join(details, 'settings.json'), configuration)
  writeCard(outcome, { weights: written, configuration, validation, test: onTest, calibration })
  writeJson(join(details, 'time.json'), stopwatch.read())
  report.result({
    ...metricsOf('val', val.evaluation, outcome.plans),
    ...metricsOf('test', test.evaluation, outcome.plans),
    ...(calibration && calibrationMetrics(calibration)),
    ...courseOf(outcome, best),
  })
  for (const line of calibration ? calibrationLines(calibration) : []) report.say(line)
  report.progress(1)
  report.say(
    `done in ${duration(stopwatch.total())}: val macro-F1 ${best.macroF1.toFixed(4)} in epoch ${best.epoch} of ` +
      `${outcome.end.epoch}, test macro-F1 ${test.evaluation.macroF1.toFixed(4)}; weights verified`,
  )
}

/** Beside the weights, so that it goes where they go. */
function writeCard(outcome: Outcome, facts: Omit<CardInput, 'trial' | 'trialDir' | 'seed' | 'training'>): void {
  const { trialDir, seed, end } = outcome
  const training = { bestEpoch: end.best?.epoch ?? 0, stoppedEpoch: end.epoch, steps: end.learner.steps }
  const card = modelCard({ ...facts, trial: outcome, trialDir, seed, training })
  writeJson(join(trialDir, 'model-card.json'), card)
  writeFileAtomic(join(trialDir, 'model-card.md'), modelCardText(card), { durable: false })
}

async function judge(
  split: 'val' | 'test',
  outcome: Outcome,
  weights: ReturnType<typeof modelWeights>,
): Promise<Judged> {
  const rows_N = outcome.dataset.splits[split]
  const logits = await logitsOfRows(weights, { ...outcome, rows_N })
  return { split, logits, evaluation: await evaluate(logits, outcome.plans, rows_N) }
}

async function saveWeights(
  outcome: Outcome,
  best: Best,
  expected: Evaluation,
  report: TrialTools['report'],
): Promise<WrittenWeights> {
  const { settings, trialDir, dataset } = outcome
  const path = join(trialDir, TRIAL_FILES.weights)
  const model = {
    encoder: settings.encoder,
    width: dataset.width,
    hidden: settings.hidden,
    layers: settings.layers,
    tasks: dataset.tasks,
  }
  const facts = {
    trained: true,
    epoch: best.epoch,
    steps: outcome.end.learner.steps,
    seed: outcome.seed,
    val_macro_f1: best.macroF1,
    settings_hash: outcome.fingerprint,
    data_hash: outcome.dataHash,
  }
  const asText = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]))
  writeWeights(path, best.weights, { trial: outcome, metadata: asText })
  const written = await verifyWeights(path, { expected, trial: outcome, listener: report })
  const verified = { ...facts, ...written, verified: true }
  writeJson(join(trialDir, TRIAL_FILES.details, 'weights.json'), { file: TRIAL_FILES.weights, ...verified, model })
  report.artifact('weights', TRIAL_FILES.weights, verified)
  return written
}

/** Only ever of weights that were verified. */
function calibrated(
  { settings, trialDir }: Outcome,
  input: Omit<CalibrationInput, 'kind'>,
): CalibrationFile | undefined {
  const path = join(trialDir, TRIAL_FILES.details, CALIBRATION_FILE)
  if (settings.calibrate === 'none') {
    // An earlier attempt may have left one.
    rmSync(path, { force: true })
    return undefined
  }
  const file = calibrationFile({ ...input, kind: settings.calibrate })
  writeJson(path, file)
  return file
}

function predictionsOf({ split, logits }: Judged, { dataset, plans }: Outcome): TaskPredictions[] {
  const rows_N = dataset.splits[split]
  return plans.map((plan) => ({
    task: plan.name,
    split,
    classes: plan.classes,
    ids: Array.from(rows_N, (row) => dataset.ids[row] as string),
    labels: rows_N.map((row) => plan.labels_N[row] as number),
    probabilities: probabilitiesOf(logits.get(plan.name) as Float32Array, plan.classes.length),
  }))
}

/** Where training stopped, where the best was, and whether more epochs would probably have helped. */
function courseOf({ end, settings }: Outcome, best: Best): Record<string, number> {
  const ranOut = end.epoch >= settings.epochs
  const nearTheEnd = best.epoch > end.epoch - Math.max(1, Math.round(0.1 * settings.epochs))
  return { best_epoch: best.epoch, stopped_epoch: end.epoch, still_rising: ranOut && nearTheEnd ? 1 : 0 }
}

/** Every setting with its preset and defaults filled in: the exact configuration, for the report. */
function plainSettings({ notes: _, tasks, ...settings }: Outcome['settings']): object {
  return { ...settings, tasks: Object.fromEntries(tasks) }
}

const writeJson = (path: string, content: object) => writeFileAtomic(path, `${JSON.stringify(content, null, 2)}\n`)
