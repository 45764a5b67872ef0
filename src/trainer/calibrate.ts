// Key: N rows, C classes of the task.
import { counted, figure } from '../base/human-readable.ts'
import type { CalibrationFile, StoredChange, StoredFigures, TaskCalibration } from '../protocol/calibration-file.ts'
import type { TaskPredictions } from '../protocol/predictions.ts'
import {
  appliedOf,
  applyCalibration,
  type CalibrationFigures,
  type CalibrationVerdict,
  calibrate,
  calibrationFigures,
  NO_CALIBRATION,
} from '../statistics/calibration.ts'
import type { CalibrationKind } from './settings-schema.ts'

export interface CalibrationInput {
  readonly kind: Exclude<CalibrationKind, 'none'>
  readonly validation: readonly TaskPredictions[]
  readonly test: readonly TaskPredictions[]
  /** SHA-256 of the weights that predicted, verified. */
  readonly weights: string
}

const FOLDS = 5
/** Fewer rows a fold say nothing about what was fitted on the others. */
const FEWEST_ROWS = 4 * FOLDS

/**
 * Fits temperature and class biases of every task on its validation rows, judges them out of fold, and says what of
 * them is applied. Test is only looked at.
 */
export function calibrationFile({ kind, validation, test, weights }: CalibrationInput): CalibrationFile {
  const tasks: Record<string, TaskCalibration> = {}
  const left: Record<string, string> = {}
  for (const one of validation) {
    const rows = one.labels.reduce((sum, label) => sum + (label >= 0 ? 1 : 0), 0)
    if (rows < FEWEST_ROWS) left[one.task] = `${counted(rows, 'labelled validation row')}; ${FEWEST_ROWS} are needed.`
    else tasks[one.task] = ofTask(one, { kind, test: test.find(({ task }) => task === one.task) })
  }
  return { format: 1, weights, folds: FOLDS, tasks, left }
}

function ofTask(
  validation: TaskPredictions,
  { kind, test }: { kind: CalibrationInput['kind']; test: TaskPredictions | undefined },
): TaskCalibration {
  const { classes } = validation
  const verdict = calibrate(judgedOf(validation), { withBias: kind === 'temperature+bias', folds: FOLDS })
  const { temperature, bias } = verdict
  return {
    classes,
    rows: verdict.rows,
    temperature: { fitted: temperature.fitted, applied: temperature.applied, reason: temperatureReason(temperature) },
    ...(bias && { bias: { fitted: bias.fitted, applied: bias.applied, reason: biasReason(bias) } }),
    validation: { before: stored(verdict.before), after: stored(verdict.after) },
    ...(test?.labels.some((label) => label >= 0) && { test: changeOnTest(test, verdict) }),
  }
}

function judgedOf({ probabilities, labels, classes }: TaskPredictions) {
  return { probabilities_NC: probabilities, labels_N: labels, classes: classes.length }
}

function changeOnTest(test: TaskPredictions, verdict: CalibrationVerdict): StoredChange {
  const judged = judgedOf(test)
  const figures = (calibration: ReturnType<typeof appliedOf>) =>
    stored(calibrationFigures(judged, applyCalibration(test.probabilities, calibration)))
  return { before: figures(NO_CALIBRATION(judged.classes)), after: figures(appliedOf(verdict, judged.classes)) }
}

function temperatureReason({ applied, before, after }: CalibrationVerdict['temperature']): string {
  const change = `log-loss out of fold ${figure(before)} -> ${figure(after)}`
  if (applied) return `Applied: ${change}.`
  if (after < before) return `Not applied, because rows without an error fit no temperature: ${change}.`
  return `Not applied, because it does not help: ${change}.`
}

function biasReason({ applied, before, after, standardError }: NonNullable<CalibrationVerdict['bias']>): string {
  const change = `macro-F1 out of fold ${figure(before)} -> ${figure(after)}, standard error of the difference ${figure(standardError)}`
  if (applied) return `Applied: ${change}.`
  return `Not applied, because it ${after > before ? 'helps no more than noise would' : 'does not help'}: ${change}.`
}

/** JSON has no NaN: bins without rows have null. */
function stored({ bins, ...figures }: CalibrationFigures): StoredFigures {
  const orNull = (value: number) => (Number.isFinite(value) ? value : null)
  return {
    ...figures,
    bins: bins.map((bin) => ({ ...bin, confidence: orNull(bin.confidence), accuracy: orNull(bin.accuracy) })),
  }
}

/**
 * The figures under the names that are reported: `val/calibrated_macro_f1`, `val/ece`, `val/calibrated_ece` and the same
 * of test, each the mean over tasks; none where a task was left out, since that would be another mean than the plain
 * one. On validation they are out of fold.
 */
export function calibrationMetrics({ tasks, left }: CalibrationFile): Record<string, number> {
  const metrics: Record<string, number> = {}
  if (Object.keys(left).length > 0) return metrics
  for (const [split, name] of [
    ['validation', 'val'],
    ['test', 'test'],
  ] as const) {
    const changes = Object.values(tasks).flatMap((task) => task[split] ?? [])
    if (changes.length === 0 || changes.length < Object.keys(tasks).length) continue
    const mean = (pick: (change: StoredChange) => number) =>
      changes.reduce((sum, change) => sum + pick(change), 0) / changes.length
    metrics[`${name}/calibrated_macro_f1`] = mean(({ after }) => after.macroF1)
    metrics[`${name}/ece`] = mean(({ before }) => before.ece)
    metrics[`${name}/calibrated_ece`] = mean(({ after }) => after.ece)
  }
  return metrics
}

/** A line a task for people. */
export function calibrationLines({ tasks, left }: CalibrationFile): string[] {
  return [
    ...Object.entries(tasks).map(
      ([
        task,
        {
          temperature,
          bias,
          validation: { before, after },
        },
      ]) => {
        const parts = [
          temperature.applied ? `temperature ${figure(temperature.fitted)}` : 'no temperature (it would not help)',
          ...(bias === undefined ? [] : [bias.applied ? 'class biases' : 'no class biases (no gain beyond noise)']),
        ]
        const figures = `ECE ${before.ece.toFixed(3)} -> ${after.ece.toFixed(3)}, macro-F1 ${before.macroF1.toFixed(4)} -> ${after.macroF1.toFixed(4)}`
        return `calibration of ${task}: ${parts.join(', ')}; out of fold ${figures}`
      },
    ),
    ...Object.entries(left).map(([task, reason]) => `${task} was not calibrated: ${reason}`),
  ]
}
