import { UserError } from '../base/errors.ts'

/** What predicts, and what is predicted. */
export interface Predictor {
  readonly id: string
  /** Absent: the ensemble. */
  readonly trial?: number
  readonly file: string
}

/** `gamma-grid.3/17`, and the folder of a trial as a shell completes it. */
const WITH_TRIAL = /^(.*?)\/(?:trials\/)?(\d+)\/?$/

/**
 * Reads `ID/TRIAL FILE`, `ID TRIAL FILE` and `ID FILE`.
 *
 * @throws {UserError} USAGE
 */
export function readPredictor(id: string, trialOrFile: string, file: string | undefined): Predictor {
  const [, sweep, number] = WITH_TRIAL.exec(id) ?? []
  if (file === undefined) {
    return sweep === undefined ? { id, file: trialOrFile } : { id: sweep, trial: Number(number), file: trialOrFile }
  }
  if (sweep === undefined && /^\d+$/.test(trialOrFile)) return { id, trial: Number(trialOrFile), file }
  const seen = sweep === undefined ? `"${trialOrFile}" is no number of a trial` : `${id} names a trial already`
  throw new UserError(`sweep predict: ${seen}. Nothing was done.`, {
    code: 'USAGE',
    suggestions: [`sweep predict ${sweep ?? id}/3 ${file}`, `sweep predict ${sweep ?? id} ${file}, for the ensemble`],
  })
}
