import { UserError } from '../base/errors.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import type { DesiredState } from '../orchestrator/control-file.ts'
import type { Budget } from '../trial/control.ts'
import { FINAL_STATES } from '../trial/states.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { askAndWait, type RunningAnswer, type RunningQuestion, runningSweep } from './ask-running.ts'
import { requireAhead } from './skip-ahead.ts'

export interface ResumeLivingOptions extends RunningQuestion {
  readonly retry?: readonly unknown[]
  readonly skip?: readonly number[]
  readonly until?: number | null
  readonly budget?: Budget
  /** Trials at a time. */
  readonly limit?: number
}

/**
 * What `sweep resume` means for a sweep whose process lives: it goes on when it was paused, and heeds what else is said.
 *
 * @returns undefined when nobody runs it, or when there is nothing to be changed about how it runs
 * @throws {UserError} RESUME_RUNNING, TRIAL_UNKNOWN
 */
export async function resumeLiving(options: ResumeLivingOptions): Promise<RunningAnswer | undefined> {
  const { id, dir, runs } = runningSweep(options)
  if (!runs) return undefined
  const before = readSnapshot(dir)
  const paused = before.control?.pausedAt !== undefined
  const wish = wishOf(options, paused)
  if (Object.keys(wish).length === 0) return undefined
  await requireAhead(before, options.skip ?? [])
  if ((options.retry ?? []).length > 0) throw runningError(id)
  const { snapshot, ended } = await askAndWait({ id, dir, wish, heeded: heededBy(wish) }, options)
  if (ended) return { id, result: snapshot.state, message: `${id} ended meanwhile: it is ${snapshot.state}.` }
  const message = paused
    ? `${id} goes on: it was paused, and its process had waited.`
    : `${id} runs, and heeds what was changed.`
  return { id, result: paused ? 'goes-on' : 'changed', message }
}

function wishOf({ skip = [], until, budget, limit }: ResumeLivingOptions, paused: boolean): DesiredState {
  return {
    ...(paused ? { paused: false } : {}),
    ...(limit === undefined ? {} : { slots: limit, now: false }),
    ...(skip.length === 0 ? {} : { cancel: [...skip] }),
    ...(until === undefined ? {} : { until }),
    ...(budget === undefined ? {} : { budget }),
  }
}

function heededBy({ paused, slots, cancel = [], until, budget }: DesiredState) {
  return ({ control, trials }: SweepSnapshot): boolean =>
    (paused === undefined || control?.pausedAt === undefined) &&
    (slots === undefined || control?.slots === slots) &&
    (until === undefined || control?.until === (until ?? undefined)) &&
    Object.entries(budget ?? {}).every(([key, value]) => control?.budget?.[key as keyof Budget] === value) &&
    cancel.every((number) => {
      const trial = trials[number]
      return trial === undefined ? control?.skip?.includes(number) === true : FINAL_STATES.has(trial.state)
    })
}

function runningError(id: string): UserError {
  return new UserError(`${id} is running; --retry is for a sweep that has ended or was stopped. Nothing was changed.`, {
    code: 'RESUME_RUNNING',
    suggestions: [`sweep stop ${id}`, `then: sweep resume ${id} --retry failed`],
  })
}
