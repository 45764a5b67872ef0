import type { Clock } from '../base/clock.ts'
import type { Budget } from '../trial/control.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { ControlFile } from './control-file.ts'

/** How a person wants the sweep to be run, and how much of its time it has used. */
export interface LoopControl {
  readonly file: ControlFile
  paused: boolean
  /** Trials at a time, as a person said last. */
  slots: number | undefined
  /** What runs on slots that are too many is ended instead of left to finish. */
  endsRunning: boolean
  /** Milliseconds since 1970, by the clock on the wall. */
  until: number | undefined
  budget: Budget
  /** False when so little time is left that a trial would only be ended again. */
  mayStart: boolean
  /** Milliseconds that it ran before `since`. */
  ranBefore: number
  /** By the clock that never goes back; undefined = it is paused, which costs no time. */
  since: number | undefined
  /** Milliseconds from the start of the loop to the end of its time, as it was then; undefined = not known yet. */
  window: number | undefined
  /** Share of its time and GPU-hours that was used, 0 to 1, as last looked; undefined = they have no end. */
  usedShare: number | undefined
  nextLook: number
  nextBeat: number
  nextBudget: number
}

/** @param limit trials at a time that the command line allows; wins over what was said of an earlier start */
export function openControl(
  { spec, control, startedAt, endedAt }: SweepSnapshot,
  { sweepDir, clock, limit }: { readonly sweepDir: string; readonly clock: Clock; readonly limit?: number | undefined },
): LoopControl {
  const now = clock.now()
  const until = control?.until
  const cap = spec.runCap === undefined ? {} : { trials: spec.runCap }
  return {
    file: new ControlFile(sweepDir),
    paused: false,
    slots: limit === undefined ? control?.slots : Math.min(limit, spec.parallel ?? limit),
    endsRunning: false,
    // A time that has passed was meant for an earlier start.
    until: until !== undefined && until > now ? until : undefined,
    budget: { ...spec.budget, ...cap, ...control?.budget },
    mayStart: true,
    ranBefore: control?.ranMs ?? (endedAt === undefined ? 0 : Math.max(0, endedAt - startedAt)),
    since: clock.monotonic(),
    window: undefined,
    usedShare: undefined,
    nextLook: 0,
    nextBeat: clock.monotonic() + BEAT_MS,
    nextBudget: 0,
  }
}

/** Milliseconds between two notes of how long a sweep with a budget of time has run: what a crash can forget. */
export const BEAT_MS = 60_000

/** Milliseconds that the sweep has run, over all of its starts. */
export function ranMs({ ranBefore, since }: LoopControl, clock: Clock): number {
  return Math.round(ranBefore + (since === undefined ? 0 : clock.monotonic() - since))
}
