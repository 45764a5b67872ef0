import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { Checkpoints } from './checkpoints.ts'
import type { Engine } from './engine/engine.ts'
import { openEngine } from './engine/open-engine.ts'
import { refuseWhatCannotFit } from './memory-check.ts'
import { type PreparedTrial, prepareTrial } from './prepare-trial.ts'
import { saveOutcome } from './save-outcome.ts'
import type { Settings } from './settings.ts'
import { epochLine, watchedClasses } from './training/epoch-line.ts'
import { trainedParameters } from './training/learner-state.ts'
import type { TaskPlan } from './training/plan.ts'
import type { EpochRecord, TrainingState } from './training/train.ts'
import { trainInOrder } from './training/train-in-order.ts'
import { type Round, trainInRounds } from './training-rounds.ts'
import type { TrialInput, TrialTools } from './trial-input.ts'

/**
 * Trains, judges and saves one trial. When it returns, weights, predictions and details are on disk and verified, the
 * result was reported and the checkpoints are gone.
 *
 * @throws {UserError | ProblemsError} when parameters or data are wrong; nothing was trained
 * @throws {TrialFailure} when training failed, or its weights could not be verified
 */
export async function runTrial(input: TrialInput, tools: TrialTools): Promise<void> {
  const { report } = tools
  const first = await prepareTrial(input, tools)
  const { backend, encoder } = first.settings
  const { engine, reason } = await openEngine(backend, { hashed: encoder === 'hash' })
  if (backend !== 'wasm') report.note('info', reason)
  refuseWhatCannotFit(first, engine)
  mkdirSync(join(input.trialDir, TRIAL_FILES.details), { recursive: true })
  const used: Checkpoints[] = []
  const trainOnce = (prepared: PreparedTrial, round: Round) => {
    const checkpoints = checkpointsOf(prepared, { engine, folder: roundFolder(input, round.number) })
    used.push(checkpoints)
    return trainRound(prepared, { ...input, round, engine, checkpoints }, tools)
  }
  const { prepared, end } = await trainInRounds(first, trainOnce, report)
  await saveOutcome({ ...prepared, ...input, end }, tools)
  for (const checkpoints of used) checkpoints.clear()
  for (let number = 2; number <= used.length; number++) rmSync(roundFolder(input, number), { recursive: true })
}

/** Each round has a folder of its own: a resumed trial needs the weights of those before it. */
const roundFolder = ({ checkpointDir }: TrialInput, number: number) =>
  number === 1 ? checkpointDir : join(checkpointDir, `round-${number}`)

interface RoundInput extends TrialInput {
  readonly round: Round
  readonly engine: Engine
  readonly checkpoints: Checkpoints
}

function checkpointsOf(
  prepared: PreparedTrial,
  { engine, folder }: { readonly engine: Engine; readonly folder: string },
): Checkpoints {
  return new Checkpoints(folder, {
    parameters: trainedParameters(prepared),
    // With `auto`, an attempt on another machine may compute elsewhere: its bits would not go on from these.
    fingerprint: `${prepared.fingerprint} ${engine.name}`,
    kept: prepared.settings.checkpointsKept,
  })
}

/** Trains to the end, from the newest checkpoint where there is one. */
function trainRound(prepared: PreparedTrial, input: RoundInput, tools: TrialTools): Promise<TrainingState> {
  const { checkpoints, round } = input
  const { report, stopwatch } = tools
  const { plans, settings } = prepared
  if (!input.resume) checkpoints.clear()
  const from = checkpoints.latest((reason) => report.note('warn', reason))
  if (from) report.note('info', `Resumed after epoch ${from.epoch} of ${settings.epochs}.`)
  const sayEpoch = epochReporter(plans, settings, tools)
  return trainInOrder({
    ...prepared,
    engine: input.engine,
    seed: input.seed,
    ...(from && { from }),
    enter: (section) => stopwatch.enter(section),
    onEpoch: (record, state) => {
      // Reported first: a kill in between repeats the report with the same figures instead of losing it.
      sayEpoch(record, round)
      stopwatch.enter('write')
      checkpoints.save(state)
    },
  })
}

/** One event and one readable line an epoch; of the rounds before the last, the line alone. */
function epochReporter(plans: readonly TaskPlan[], settings: Settings, { report, stopwatch }: TrialTools) {
  const watched = watchedClasses(plans, settings)
  const { epochs } = settings
  let before = stopwatch.total()
  return (record: EpochRecord, { number, of }: Round) => {
    // Steps are those of the last round: a pruner compares them with the same steps of trials with one round.
    if (number === of) report.step(record.epoch, record.metrics)
    report.progress((number - 1 + record.epoch / epochs) / of)
    const now = stopwatch.total()
    report.say(epochLine(record, { epochs, watched, milliseconds: now - before }))
    before = now
  }
}
