import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { Checkpoints } from './checkpoints.ts'
import { openEngine } from './engine/open-engine.ts'
import { prepareTrial } from './prepare-trial.ts'
import { saveOutcome } from './save-outcome.ts'
import type { Settings } from './settings.ts'
import { epochLine, watchedClasses } from './training/epoch-line.ts'
import { trainedParameters } from './training/learner-state.ts'
import type { TaskPlan } from './training/plan.ts'
import type { EpochRecord } from './training/train.ts'
import { trainInOrder } from './training/train-in-order.ts'
import type { TrialInput, TrialTools } from './trial-input.ts'

/**
 * Trains, judges and saves one trial. When it returns, weights, predictions and details are on disk and verified, the
 * result was reported and the checkpoints are gone.
 *
 * @throws {UserError | ProblemsError} when parameters or data are wrong; nothing was trained
 * @throws {TrialFailure} when training failed, or its weights could not be verified
 */
export async function runTrial(input: TrialInput, tools: TrialTools): Promise<void> {
  const { report, stopwatch } = tools
  const prepared = await prepareTrial(input, tools)
  const { plans, settings, fingerprint } = prepared
  const { engine, reason } = await openEngine(settings.backend)
  if (settings.backend !== 'wasm') report.note('info', reason)
  mkdirSync(join(input.trialDir, TRIAL_FILES.details), { recursive: true })
  const checkpoints = new Checkpoints(input.checkpointDir, {
    parameters: trainedParameters(prepared),
    // With `auto`, an attempt on another machine may compute elsewhere: its bits would not go on from these.
    fingerprint: `${fingerprint} ${engine.name}`,
    kept: settings.checkpointsKept,
  })
  if (!input.resume) checkpoints.clear()
  const from = checkpoints.latest((reason) => report.note('warn', reason))
  if (from) report.note('info', `Resumed after epoch ${from.epoch} of ${settings.epochs}.`)

  const sayEpoch = epochReporter(plans, settings, tools)
  const end = await trainInOrder({
    ...prepared,
    engine,
    seed: input.seed,
    ...(from && { from }),
    enter: (section) => stopwatch.enter(section),
    onEpoch: (record, state) => {
      // Reported first: a kill in between repeats the report with the same figures instead of losing it.
      sayEpoch(record)
      stopwatch.enter('write')
      checkpoints.save(state)
    },
  })
  await saveOutcome({ ...prepared, ...input, end }, tools)
  checkpoints.clear()
}

/** One event and one readable line an epoch. */
function epochReporter(plans: readonly TaskPlan[], settings: Settings, { report, stopwatch }: TrialTools) {
  const watched = watchedClasses(plans, settings)
  const { epochs } = settings
  let before = stopwatch.total()
  return (record: EpochRecord) => {
    report.step(record.epoch, record.metrics)
    report.progress(record.epoch / epochs)
    const now = stopwatch.total()
    report.say(epochLine(record, { epochs, watched, milliseconds: now - before }))
    before = now
  }
}
