import type { AttemptStatus } from '../executors/executor.ts'
import { checkFreed, isChecking } from './free-check.ts'
import { order } from './judge.ts'
import { nextRested } from './rest.ts'
import { type RunningAttempt, record, type SweepLoop } from './sweep-loop.ts'
import { takeReports } from './take-reports.ts'

/** Milliseconds between two looks at the event files of running trials; the longer trials take, the rarer. */
const READ_MS = 200
const READ_LONG_MS = 1000
const LONG_TRIAL_MS = 60_000

export type Ended = Extract<AttemptStatus, { readonly state: 'ended' }>

/** Sleeps until something happens, hears what the running trials say, and returns the attempts that ended; their slots are free. */
export async function watch(loop: SweepLoop): Promise<{ readonly run: RunningAttempt; readonly ended: Ended }[]> {
  const { clock, running, wake } = loop
  if (running.size === 0 && nothingToWaitFor(loop)) return []
  await wake.sleep(Math.max(0, Math.min(loop.nextRead, nextRested(loop)) - clock.monotonic()))
  const runs = [...running.values()]
  const statuses = await loop.executor.poll(runs.map(({ handle }) => handle))
  const ended = runs.flatMap((run, i) => endedOf(loop, run, statuses[i]))
  for (const { run } of ended) vacate(loop, run)
  const over = new Set(ended.map(({ run }) => run))
  // What an attempt said last is heard when its end is told.
  for (const { trial } of loop.executor.heard?.() ?? []) {
    const run = running.get(trial)
    if (run !== undefined && !over.has(run)) look(loop, run)
  }
  if (clock.monotonic() >= loop.nextRead) {
    for (const run of running.values()) if (!over.has(run)) look(loop, run)
    loop.nextRead = clock.monotonic() + pauseOf(loop, runs)
  }
  return ended
}

/** Milliseconds until the files are looked at again. */
function pauseOf({ clock, control, executor, spec }: SweepLoop, runs: readonly RunningAttempt[]): number {
  // Then time alone changes nothing: a simulated clock may jump.
  const tells = executor.heard !== undefined && spec.timeLimitMs === undefined && control.usedShare === undefined
  if (tells) return Number.POSITIVE_INFINITY
  const long =
    (runs.length > 0 || control.paused) && runs.every(({ since }) => clock.monotonic() - since > LONG_TRIAL_MS)
  return long ? READ_LONG_MS : READ_MS
}

/** The slot is free, or the next attempt has begun on it. */
function vacate(loop: SweepLoop, run: RunningAttempt): void {
  const { clock, slots } = loop
  const { seat } = run
  if (seat === undefined) return
  if (seat.trial !== run.trial) {
    seat.queue = seat.queue.filter((it) => it !== run)
    return
  }
  delete seat.trial
  if (slots.memory !== undefined) checkFreed(loop, run, seat)
  const next = seat.queue.shift()
  if (next === undefined) return
  seat.trial = next.trial
  seat.since = clock.now()
  next.since = clock.monotonic()
}

/** With trials waiting and no slot to be had, time must pass; otherwise the next turn can begin at once. */
function nothingToWaitFor(loop: SweepLoop): boolean {
  if (isChecking(loop)) return false
  if (loop.ending !== undefined) return true
  return loop.waiting.length === 0 && loop.resting.size === 0 && !loop.control.paused
}

function endedOf(loop: SweepLoop, run: RunningAttempt, status: AttemptStatus | undefined) {
  if (status?.state === 'ended') return [{ run, ended: status }]
  if (status?.state === 'unknown' && !run.unknownSaid) {
    run.unknownSaid = true
    const text = `The state of trial ${run.trial} is unknown: ${status.reason}. It counts as running.`
    record(loop, { type: 'note', level: 'warn', text, trial: run.trial })
  }
  return []
}

/** Handed to the executor, but its turn has not come. */
function isQueued({ seat, trial }: RunningAttempt): boolean {
  return seat !== undefined && seat.trial !== trial
}

function look(loop: SweepLoop, run: RunningAttempt): void {
  if (isQueued(run)) return
  const alive = loop.clock.monotonic() - run.since
  takeReports(loop, run, false)
  const limit = loop.spec.timeLimitMs
  if (run.order === undefined && limit !== undefined && alive > limit) {
    order(loop, run, { as: 'timed-out', reason: 'It reached its time limit.' })
  }
}
