// Key: N rows, C classes.
import { rngFor } from '../base/rng.ts'
import { fitBias, namedWithBias } from './class-bias.ts'
import { confusion, macroF1 } from './classification.ts'
import { bootstrapCounts } from './count-bootstrap.ts'
import { calibrationError, type ReliabilityBin, reliabilityBins } from './reliability.ts'
import { fitTemperature, isAtBound, type Judged, logLoss, scaled } from './temperature.ts'

/** What probabilities are corrected by. `{ temperature: 1, bias: [0, 0, ...] }` changes nothing. */
export interface Calibration {
  /** Divides the logits: changes how sure the model is, not what it names. */
  readonly temperature: number
  /** C, added to the log-probabilities before the class is named: changes what it names, not how sure it is. */
  readonly bias: readonly number[]
}

/** Calibrated rows: how probable each class is, and which is named. */
export interface Calibrated {
  /** N x C, rows summing to 1. */
  readonly probabilities_NC: Float32Array
  /** N */
  readonly named_N: Int32Array
}

/** What a person wants to know of some rows. */
export interface CalibrationFigures {
  readonly logLoss: number
  /** Expected calibration error. */
  readonly ece: number
  readonly macroF1: number
  readonly bins: readonly ReliabilityBin[]
}

/** What was fitted, whether it helped on rows that it was not fitted on, and what is therefore applied. */
export interface CalibrationVerdict {
  /** With a label. */
  readonly rows: number
  readonly temperature: {
    readonly fitted: number
    readonly applied: boolean
    /** Log-loss without, and out of fold with it. */
    readonly before: number
    readonly after: number
  }
  /** Absent when it was not asked for. */
  readonly bias?: {
    readonly fitted: readonly number[]
    readonly applied: boolean
    /** Macro-F1 without, and out of fold with it. */
    readonly before: number
    readonly after: number
    /** Of the difference. */
    readonly standardError: number
  }
  readonly before: CalibrationFigures
  /** Out of fold, with what is applied. */
  readonly after: CalibrationFigures
}

export const NO_CALIBRATION = (classes: number): Calibration => ({ temperature: 1, bias: new Array(classes).fill(0) })

export function applyCalibration(probabilities_NC: ArrayLike<number>, { temperature, bias }: Calibration): Calibrated {
  const classes = bias.length
  return {
    probabilities_NC:
      temperature === 1 ? Float32Array.from(probabilities_NC) : scaled(probabilities_NC, classes, temperature),
    named_N: namedWithBias(probabilities_NC, bias),
  }
}

/** The part of a verdict that was found to help. */
export function appliedOf({ temperature, bias }: CalibrationVerdict, classes: number): Calibration {
  const none = NO_CALIBRATION(classes)
  return {
    temperature: temperature.applied ? temperature.fitted : none.temperature,
    bias: bias?.applied ? bias.fitted : none.bias,
  }
}

/** Fits both, or the temperature alone. */
export function fitCalibration(judged: Judged, withBias: boolean): Calibration {
  const { bias } = NO_CALIBRATION(judged.classes)
  return { temperature: fitTemperature(judged), bias: withBias ? fitBias(judged) : bias }
}

/** Divides rows into folds with each class equally often in each. The rows' order decides; rows without a label are in fold -1. */
export function foldsByClass(labels_N: Int32Array, folds: number): Int32Array {
  const fold_N = new Int32Array(labels_N.length).fill(-1)
  const rows = Array.from(labels_N.keys()).filter((n) => (labels_N[n] as number) >= 0)
  rows.sort((a, b) => (labels_N[a] as number) - (labels_N[b] as number) || a - b)
  // Dealt on from one class to the next, so that rare classes do not all end in the first folds.
  for (const [place, n] of rows.entries()) fold_N[n] = place % folds
  return fold_N
}

/**
 * Calibrates each fold by what the other folds teach.
 *
 * @param fold_N as {@link foldsByClass} makes them; rows of fold -1 stay as they are
 */
export function crossFitted(judged: Judged, fold_N: Int32Array, withBias: boolean): Calibrated {
  const { classes } = judged
  const result = applyCalibration(judged.probabilities_NC, NO_CALIBRATION(classes))
  for (let fold = 0; fold_N.includes(fold); fold++) {
    const rows = Array.from(fold_N.keys())
    const others = rowsOf(
      judged,
      rows.filter((n) => fold_N[n] !== fold && fold_N[n] !== -1),
    )
    const held = rows.filter((n) => fold_N[n] === fold)
    const part = applyCalibration(rowsOf(judged, held).probabilities_NC, fitCalibration(others, withBias))
    for (const [i, n] of held.entries()) {
      result.probabilities_NC.set(part.probabilities_NC.subarray(i * classes, (i + 1) * classes), n * classes)
      result.named_N[n] = part.named_N[i] as number
    }
  }
  return result
}

function rowsOf({ probabilities_NC, labels_N, classes }: Judged, rows: readonly number[]): Judged {
  const part_NC = new Float32Array(rows.length * classes)
  for (const [i, n] of rows.entries()) {
    for (let c = 0; c < classes; c++) part_NC[i * classes + c] = probabilities_NC[n * classes + c] as number
  }
  return { probabilities_NC: part_NC, labels_N: Int32Array.from(rows, (n) => labels_N[n] as number), classes }
}

/**
 * Decides by rows that were not fitted on what of a calibration is applied: the temperature where log-loss falls (not
 * one at the bound of the search, as rows without one error give: it would call everything certain); the
 * bias, which has a value a class to learn and jumps from row to row, where macro-F1 grows by more than one standard
 * error of the difference.
 *
 * @param outOfFold the same rows, each calibrated by others
 * @param fitted on all rows: what is applied in the end
 * @source Breiman et al., "Classification and regression trees" (1984), 3.4.3, for one standard error
 */
export function judgeCalibration(
  judged: Judged,
  outOfFold: Calibrated,
  { fitted, withBias }: { readonly fitted: Calibration; readonly withBias: boolean },
): CalibrationVerdict {
  const plain = applyCalibration(judged.probabilities_NC, NO_CALIBRATION(judged.classes))
  const before = calibrationFigures(judged, plain)
  const cooled = logLoss({ ...judged, probabilities_NC: outOfFold.probabilities_NC })
  const temperature = {
    fitted: fitted.temperature,
    applied: cooled < before.logLoss && !isAtBound(fitted.temperature),
    before: before.logLoss,
    after: cooled,
  }
  const bias = withBias ? judgeBias(judged, plain.named_N, outOfFold.named_N) : undefined
  const after = calibrationFigures(judged, {
    probabilities_NC: temperature.applied ? outOfFold.probabilities_NC : plain.probabilities_NC,
    named_N: bias?.applied ? outOfFold.named_N : plain.named_N,
  })
  const rows = judged.labels_N.reduce((sum, label) => sum + (label >= 0 ? 1 : 0), 0)
  return { rows, temperature, ...(bias && { bias: { fitted: fitted.bias, ...bias } }), before, after }
}

/** The figures of calibrated rows. */
export function calibrationFigures(
  { labels_N, classes }: Pick<Judged, 'labels_N' | 'classes'>,
  { probabilities_NC, named_N }: Calibrated,
): CalibrationFigures {
  const judged = { probabilities_NC, labels_N, classes, named_N }
  return {
    logLoss: logLoss(judged),
    ece: calibrationError(judged),
    macroF1: macroF1(confusion(labels_N, named_N, classes), classes),
    bins: reliabilityBins(judged),
  }
}

/** Compares two namings of the same rows. */
function judgeBias({ labels_N, classes: C }: Judged, plain_N: Int32Array, biased_N: Int32Array) {
  const kinds = new Map<string, { label: number; plain: number; biased: number; rows: number }>()
  for (const [n, label] of labels_N.entries()) {
    if (label < 0) continue
    const [plain, biased] = [plain_N[n] as number, biased_N[n] as number]
    const key = `${label} ${plain} ${biased}`
    const { rows } = kinds.get(key) ?? { rows: 0 }
    kinds.set(key, { label, plain, biased, rows: rows + 1 })
  }
  const list = [...kinds.values()]
  const figure = (counts: ArrayLike<number>, pick: (kind: (typeof list)[number]) => number) => {
    const table_CC = new Float64Array(C * C)
    for (const [i, kind] of list.entries()) {
      const cell = kind.label * C + pick(kind)
      table_CC[cell] = (table_CC[cell] as number) + (counts[i] as number)
    }
    return macroF1(table_CC, C)
  }
  const before = (counts: ArrayLike<number>) => figure(counts, ({ plain }) => plain)
  const after = (counts: ArrayLike<number>) => figure(counts, ({ biased }) => biased)
  const counts = list.map(({ rows }) => rows)
  const rng = rngFor(1, 'calibration', 'bias')
  const { standardError, interval } = bootstrapCounts(counts, (drawn) => after(drawn) - before(drawn), rng)
  return { applied: interval.estimate > standardError, before: before(counts), after: after(counts), standardError }
}

/** Fits, cross-fits and judges a calibration of these rows. */
export function calibrate(
  judged: Judged,
  { withBias, folds }: { withBias: boolean; folds: number },
): CalibrationVerdict {
  const outOfFold = crossFitted(judged, foldsByClass(judged.labels_N, folds), withBias)
  return judgeCalibration(judged, outOfFold, { fitted: fitCalibration(judged, withBias), withBias })
}
