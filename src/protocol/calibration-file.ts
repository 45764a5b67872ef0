/** Name of the file in a trial's `details/` folder. */
export const CALIBRATION_FILE = 'calibration.json'

/** Rows whose confidence lies between `from` and `to`; both figures are null without rows. */
export interface StoredBin {
  readonly from: number
  readonly to: number
  readonly rows: number
  readonly confidence: number | null
  readonly accuracy: number | null
}

/** Of one task on one split. Log-loss and ECE: lower is better. */
export interface StoredFigures {
  readonly logLoss: number
  /** Expected calibration error over the bins. */
  readonly ece: number
  readonly macroF1: number
  readonly bins: readonly StoredBin[]
}

export interface StoredChange {
  readonly before: StoredFigures
  /** With what is applied; on validation each row by what the other folds taught. */
  readonly after: StoredFigures
}

/** What was fitted for one task, whether it is applied, and why. C classes of the task. */
export interface TaskCalibration {
  readonly classes: readonly string[]
  /** Labelled validation rows that it was fitted on. */
  readonly rows: number
  readonly temperature: {
    readonly fitted: number
    readonly applied: boolean
    /** One sentence. */
    readonly reason: string
  }
  /** Absent when it was not asked for. */
  readonly bias?: {
    /** C, added to the log-probabilities. */
    readonly fitted: readonly number[]
    readonly applied: boolean
    readonly reason: string
  }
  readonly validation: StoredChange
  /** Absent when there is no test split. */
  readonly test?: StoredChange
}

/** What `details/calibration.json` holds. */
export interface CalibrationFile {
  readonly format: 1
  /** SHA-256 of the weights that it was fitted for; it means nothing for others. */
  readonly weights: string
  readonly folds: number
  readonly tasks: Readonly<Record<string, TaskCalibration>>
  /** Tasks that were not calibrated: the reason by task. */
  readonly left: Readonly<Record<string, string>>
}

/** What is applied: `{ temperature: 1, bias: [0, 0, ...] }` where nothing is. */
export function appliedCalibration({
  temperature,
  bias,
  classes,
}: Pick<TaskCalibration, 'temperature' | 'bias' | 'classes'>): {
  readonly temperature: number
  readonly bias: readonly number[]
} {
  return {
    temperature: temperature.applied ? temperature.fitted : 1,
    bias: bias?.applied ? bias.fitted : classes.map(() => 0),
  }
}
