import { duration, figure } from '../base/human-readable.ts'
import { ranMs } from './control.ts'
import { endSweep, type SweepLoop } from './sweep-loop.ts'

const LOOK_MS = 200
/** GPU-hours are summed over all attempts: of very many not that often. */
const LOOK_AT_MANY_MS = 1000
const MANY_TRIALS = 1000
const HOUR_MS = 3_600_000

/** What a sweep has left of one of its budgets. */
interface Left {
  /** Until it is used up, at the present pace. */
  readonly ms: number
  /** Of it that is used, 0 to 1 or a little more. */
  readonly used: number
  readonly reason: string
}

/**
 * Ends the sweep when a budget is used up: what runs is asked to end and goes on at the next resume. A little before,
 * nothing new is started that would only be ended again.
 */
export function heedBudget(loop: SweepLoop): void {
  const { control, clock } = loop
  const { until, budget } = control
  if (until === undefined && budget.wallMs === undefined && budget.gpuHours === undefined) {
    control.mayStart = true
    control.usedShare = undefined
    return
  }
  const now = clock.monotonic()
  if (now < control.nextBudget || loop.ending !== undefined) return
  const many = budget.gpuHours !== undefined && loop.journal.snapshot.trials.length > MANY_TRIALS
  control.nextBudget = now + (many ? LOOK_AT_MANY_MS : LOOK_MS)
  const all = whatIsLeft(loop)
  const [least] = all.toSorted((a, b) => a.ms - b.ms)
  if (least === undefined) return
  control.usedShare = Math.max(...all.map(({ used }) => used))
  control.window ??= least.ms
  control.mayStart = least.ms >= enough(loop)
  const idle = loop.running.size === 0 && loop.seats.every(({ claims }) => claims.length === 0)
  if (least.ms <= 0 || (!control.mayStart && idle && !control.paused)) {
    endSweep(loop, { state: 'stopped', by: 'budget', reason: least.reason })
  }
}

/** A trial that gets less time than this is not worth its start. */
function enough({ spec, typicalMs, control }: SweepLoop): number {
  // A sweep that is given very little time from the beginning is to use it.
  return Math.min(spec.graceMs, typicalMs ?? spec.graceMs, (control.window ?? 0) / 2)
}

function whatIsLeft(loop: SweepLoop): Left[] {
  const { control, clock } = loop
  const left: Left[] = []
  if (control.until !== undefined) {
    const [ran, ms] = [ranMs(control, clock), control.until - clock.now()]
    const used = ms <= 0 ? 1 : ran / (ran + ms)
    left.push({ ms, used, reason: `It was to run until ${localTime(control.until)}.` })
  }
  const { wallMs, gpuHours } = control.budget
  if (wallMs !== undefined) {
    const reason = `Its budget of ${duration(wallMs)} is used up.`
    const ran = ranMs(control, clock)
    left.push({ ms: wallMs - ran, used: ran / wallMs, reason })
  }
  if (gpuHours !== undefined) {
    const { used, pace } = gpuUse(loop)
    const reason = `Its budget of ${figure(gpuHours)} GPU-hours is used up.`
    const all = gpuHours * HOUR_MS
    left.push({ ms: (all - used) / Math.max(pace, 1e-9), used: used / all, reason })
  }
  return left
}

/** Milliseconds on one GPU so far, and how many GPUs are at it. */
function gpuUse({ journal, running, clock }: SweepLoop): { readonly used: number; readonly pace: number } {
  let used = 0
  let pace = 0
  for (const { attempts } of journal.snapshot.trials) {
    for (const { gpus = 0, tookMs, startedAt, endedAt } of attempts) {
      if (endedAt !== undefined) used += gpus * (tookMs ?? Math.max(0, endedAt - startedAt))
    }
  }
  for (const { trial, since } of running.values()) {
    const gpus = journal.snapshot.trials[trial]?.attempts.at(-1)?.gpus ?? 0
    used += gpus * (clock.monotonic() - since)
    pace += gpus
  }
  return { used, pace: pace === 0 ? 1 : pace }
}

function localTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 5)
}
