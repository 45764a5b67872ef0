import { createHash } from 'node:crypto'
import { BugError } from '../base/errors.ts'
import { type Guesses, withPseudoLabels } from './augmentation/pseudo-labels.ts'
import { dispose } from './engine/tf.ts'
import type { PreparedTrial } from './prepare-trial.ts'
import type { TrialReport } from './report-to-sweep.ts'
import { logitsOfRows, probabilitiesOf } from './training/evaluate.ts'
import { modelWeights } from './training/learner-state.ts'
import { trainingPlan } from './training/plan.ts'
import type { TrainingState } from './training/train.ts'

/** One training of several; all but the last only label rows for the next. */
export interface Round {
  /** 1 for the first. */
  readonly number: number
  /** How many there are. */
  readonly of: number
}

/** What a trial trains at last, and on what. */
export interface Trained {
  readonly prepared: PreparedTrial
  readonly end: TrainingState
}

/**
 * Trains once; with `pseudo_rounds` again and again from the start, each time also on the unlabelled rows that the model
 * before was sure of. Nothing of a round is kept but its best weights, from which the labels of the next follow: a
 * resumed trial works them out again, to the same bits.
 *
 * @param trainOnce trains to the end or goes on from a checkpoint of that round
 */
export async function trainInRounds(
  first: PreparedTrial,
  trainOnce: (prepared: PreparedTrial, round: Round) => Promise<TrainingState>,
  report: TrialReport,
): Promise<Trained> {
  const of = 1 + (first.unlabelled.length > 0 ? first.settings.pseudoRounds : 0)
  let prepared = first
  for (let number = 1; ; number++) {
    const end = await trainOnce(prepared, { number, of })
    if (number === of) return { prepared, end }
    const { best } = end
    if (!best) throw new BugError('A training ended without a best epoch.')
    report.say(`round ${number} of ${of}: val macro-F1 ${best.macroF1.toFixed(4)} in epoch ${best.epoch}`)
    prepared = labelledBy(prepared, await guessesOf(prepared, best.weights), report)
  }
}

async function guessesOf(
  prepared: PreparedTrial,
  trained: NonNullable<TrainingState['best']>['weights'],
): Promise<Guesses> {
  const { unlabelled: rows, plans } = prepared
  const weights = modelWeights(prepared, trained)
  const logits = await logitsOfRows(weights, { ...prepared, rows_N: rows })
  dispose([...weights.values()])
  const probabilities = plans.map(({ name, classes }): [string, Float32Array] => {
    return [name, probabilitiesOf(logits.get(name) as Float32Array, classes.length)]
  })
  return { rows, probabilities: new Map(probabilities) }
}

function labelledBy(prepared: PreparedTrial, guesses: Guesses, report: TrialReport): PreparedTrial {
  const { settings } = prepared
  const { pseudoConfidence: confidence, pseudoWeight: weight } = settings
  const { dataset, counts, added } = withPseudoLabels(prepared.dataset, guesses, { confidence, weight })
  const { tasks: plans, warnings } = trainingPlan(dataset, settings)
  const byTask = dataset.tasks.map(({ name, classes }) => {
    return `${name} ${classes.map((className, c) => `${className} ${counts.get(name)?.[c]}`).join(', ')}`
  })
  report.say(`${added} of ${guesses.rows.length} unlabelled texts are sure to ${confidence}: ${byTask.join('; ')}`)
  for (const text of warnings) report.note('warn', text)
  if (added === 0) report.note('warn', 'The model was sure of no unlabelled text; the next round learns nothing new.')
  // By what was guessed, not by how: the same labels give the same training.
  const labels = [...dataset.labels].map(([name, of]) => [name, [...guesses.rows].map((row) => of[row])])
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([prepared.fingerprint, labels]))
    .digest('hex')
  return { ...prepared, dataset, plans, fingerprint }
}
