import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { EnvironmentError } from '../base/errors.ts'
import { madeFolder } from '../base/new-folder.ts'
import type { AttemptRequest } from '../executors/executor.ts'
import type { Slot } from '../gpus/slot.ts'
import { type AttemptContext, TRIAL_FILES } from '../protocol/attempt-environment.ts'
import type { Params } from '../space/domain.ts'
import { trialFolderName } from '../trial/trial-folder.ts'
import { placeOf } from './place-of-slot.ts'
import type { PreparedAttempt, SweepLoop } from './sweep-loop.ts'
import { TrialReports } from './trial-reports.ts'

/** Where everything about one trial is kept. */
export function trialDirOf(sweepDir: string, trial: number): string {
  return `${sweepDir}/${trialFolderName(trial)}`
}

/** Fixed params, those of the configuration, and what its newest attempt was given instead; the later ones win. */
export function paramsOf({ spec, journal }: Pick<SweepLoop, 'spec' | 'journal'>, trial: number): Params {
  const { trials, configurations } = journal.snapshot
  const { configuration = -1, attempts } = trials[trial] ?? {}
  return { ...spec.fixed, ...configurations[configuration]?.params, ...attempts?.at(-1)?.params }
}

/** What an attempt is told about itself. It may find a checkpoint when a process of an earlier attempt was started. */
export function attemptContext(
  { sweepDir, journal }: Pick<SweepLoop, 'sweepDir' | 'journal'>,
  { trial, attempt }: { readonly trial: number; readonly attempt: number },
): AttemptContext {
  const { seed = 0, attempts = [] } = journal.snapshot.trials[trial] ?? {}
  const trialDir = trialDirOf(sweepDir, trial)
  const begun = attempts.some(({ number, handle }) => number < attempt && handle !== undefined)
  // A power cut can take the lines about an attempt and leave its checkpoint.
  const resume = begun || existsSync(`${trialDir}/${TRIAL_FILES.checkpoints}`)
  return { sweepId: journal.snapshot.id, trial, attempt, seed, trialDir, resume }
}

/** Makes the trial's folder and what its process is given. */
export function prepareAttempt(
  loop: SweepLoop,
  { trial, attempt, slot }: { readonly trial: number; readonly attempt: number; readonly slot: Slot },
): PreparedAttempt {
  const { spec, sweepDir } = loop
  const trialDir = trialDirOf(sweepDir, trial)
  const params = paramsOf(loop, trial)
  const reports = loop.executor.reports?.({ trial, attempt })
  if (reports === undefined) prepareFolder(trialDir, params, attempt)
  const context = attemptContext(loop, { trial, attempt })
  const { argv, shown: command = argv, cwd, env, sharedEnv } = loop.launch(context, params, slot)
  const request: AttemptRequest = {
    sweepId: context.sweepId,
    trial,
    attempt,
    argv,
    cwd,
    env,
    trialDir,
    stdout: `${trialDir}/${TRIAL_FILES.stdout}`,
    stderr: `${trialDir}/${TRIAL_FILES.stderr}`,
    graceMs: spec.graceMs,
    ...priorityOf(loop, slot),
    ...(sharedEnv === undefined ? {} : { sharedEnv }),
    ...(loop.executor.canQueue === undefined ? {} : { turn: slot.id }),
  }
  const heard = TrialReports.ofNewAttempt({ trialDir, attempt, spec, ...(reports === undefined ? {} : { reports }) })
  return { request, command, reports: heard }
}

function prepareFolder(trialDir: string, params: Params, attempt: number): void {
  withDiskErrors(trialDir, () => {
    makeFolder(trialDir)
    writeFileSync(`${trialDir}/${TRIAL_FILES.params}`, `${JSON.stringify(params, undefined, 2)}\n`)
    if (attempt > 1) endHalfLine(`${trialDir}/${TRIAL_FILES.events}`)
  })
}

/** How it shares cores with others. A slot's cores follow from its place, so that a resume gives it the same ones. */
function priorityOf({ spec, slots }: SweepLoop, slot: Slot): Pick<AttemptRequest, 'nice' | 'cores'> {
  const { nice, pinCpus, cpus } = spec.resources
  const place = pinCpus ? placeOf(slot, slots.slots) : -1
  return {
    ...(nice === undefined ? {} : { nice }),
    ...(place === -1 ? {} : { cores: { first: place * cpus, count: cpus } }),
  }
}

/** A full disk or missing rights are no fault of the trial: they stop the sweep, which then goes on where it was. */
function withDiskErrors(trialDir: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    throw new EnvironmentError(
      `${trialDir} cannot be written: ${(error as Error).message}. The trial was not started.`,
      {
        code: 'TRIAL_FOLDER',
        suggestions: ['free some space, or give the folder its rights back', 'sweep resume'],
        cause: error,
      },
    )
  }
}

function makeFolder(path: string): void {
  try {
    madeFolder(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(path, { recursive: true })
  }
}

/** A trainer that was killed in the middle of a line must not spoil the first line of its successor. */
function endHalfLine(path: string): void {
  let fd: number
  try {
    fd = openSync(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    const { size } = fstatSync(fd)
    const last = Buffer.alloc(1)
    if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== '\n') writeSync(fd, '\n', size)
  } finally {
    closeSync(fd)
  }
}
