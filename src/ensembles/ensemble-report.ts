/** A figure that was selected for on validation, and what it is worth. Macro-F1, in [0, 1]. */
export interface Estimate {
  /** On all validation rows, which members, weights and temperature were chosen on. */
  readonly inSample: number
  /** By cross-validation over validation rows: everything is chosen on the other folds. */
  readonly honest: number
  /** `inSample - honest` */
  readonly optimism: number
  /** Shown once, never selected on. Absent when the trials wrote no test predictions. */
  readonly test?: number
}

/** Log-loss and ECE: lower is better. */
export interface Calibration {
  readonly logLoss: number
  /** Expected calibration error, ten bins. */
  readonly ece: number
  readonly macroF1: number
}

export interface CalibrationChange {
  readonly before: Calibration
  readonly after: Calibration
}

export interface TaskReport extends Estimate {
  /** One a member, in the order of `members`; absent for methods that do not weigh. */
  readonly weights?: readonly number[]
  /** Divides the logits of the combined prediction; fitted on rows that the selection did not see. */
  readonly temperature: number
  /** One a class, added to the combined log-probabilities before the class is named; fitted in the same way. */
  readonly bias: readonly number[]
  /** What of both helped on rows that it was not fitted on; the rest is not used. */
  readonly applied: { readonly temperature: boolean; readonly bias: boolean }
  readonly calibration: { readonly validation: CalibrationChange; readonly test?: CalibrationChange }
}

export interface MethodReport extends Estimate {
  readonly method: string
  /** One sentence. */
  readonly summary: string
  /** Trial numbers, best on validation first. */
  readonly members: readonly number[]
  readonly tasks: Readonly<Record<string, TaskReport>>
}

/** What ensemble.json holds. Plain JSON; figures are the mean over tasks of the task's macro-F1 unless by task. */
export interface EnsembleReport {
  readonly format: 1
  readonly tasks: readonly string[]
  /** Task to class names, in the order of the probabilities. */
  readonly classes: Readonly<Record<string, readonly string[]>>
  readonly rows: { readonly validation: number; readonly test?: number }
  readonly folds: number
  /** Members at most. */
  readonly top: number
  /** Trial numbers that could have been chosen. */
  readonly pool: readonly number[]
  /** The method with the best honest estimate; the first of equals. */
  readonly chosen: string
  readonly methods: readonly MethodReport[]
  readonly single: {
    /** The trial that is best on validation, and on each fold's other rows. */
    readonly best: Estimate & { readonly trial: number }
    /** Mean over the chosen members, each by itself. */
    readonly mean: { readonly validation: number; readonly test?: number }
  }
}
