import { counted } from '../base/human-readable.ts'
import { cancelTrial } from './cancel-trial.ts'
import { BEAT_MS, ranMs } from './control.ts'
import type { DesiredState } from './control-file.ts'
import { record, type SweepLoop } from './sweep-loop.ts'

/** Milliseconds between two looks at control.json. */
const LOOK_MS = 1000

/** Does what people have asked of the running sweep since the last look. */
export function heedControl(loop: SweepLoop): void {
  const { control, clock } = loop
  const now = clock.monotonic()
  if (now < control.nextLook || loop.ending !== undefined) return
  control.nextLook = now + LOOK_MS
  beat(loop, now)
  // Nobody can write into a folder that there is not.
  if (loop.executor.reports !== undefined) return
  const news = control.file.news()
  if (news === undefined) return
  if ('problem' in news) {
    const text = `${control.file.path} cannot be used, so nothing was changed: ${news.problem}.`
    record(loop, { type: 'note', level: 'warn', text })
  } else heed(loop, news.state)
}

/** What an orchestrator finds that takes the sweep up: nothing that was asked of an earlier one holds on but its numbers. */
export function beginControl(loop: SweepLoop, cancel: readonly number[] = []): void {
  const { control, journal } = loop
  const { pausedAt, until, slots } = journal.snapshot.control ?? {}
  control.file.forget()
  if (pausedAt !== undefined) record(loop, { type: 'sweep-control', paused: false })
  if (until !== undefined && control.until === undefined) record(loop, { type: 'sweep-control', until: null })
  if (slots !== undefined && control.slots !== slots) record(loop, { type: 'sweep-control', slots: null })
  for (const trial of cancel) cancelTrial(loop, trial)
}

function heed(loop: SweepLoop, { paused, slots, now = false, cancel = [], until, budget }: DesiredState): void {
  for (const trial of cancel) cancelTrial(loop, trial)
  if (slots !== undefined) heedSlots(loop, slots, now)
  if (paused !== undefined) heedPause(loop, paused)
  if (until !== undefined && (until ?? undefined) !== loop.control.until) {
    loop.control.until = until ?? undefined
    record(loop, { type: 'sweep-control', until })
  }
  if (budget !== undefined) heedBudgetChange(loop, budget)
}

function heedSlots(loop: SweepLoop, slots: number, now: boolean): void {
  const { control } = loop
  if (now) control.endsRunning = true
  if (slots === control.slots) return
  control.slots = slots
  control.endsRunning = now
  const mostSlots = loop.slots.slots.length
  record(loop, { type: 'sweep-control', slots, mostSlots })
  const more = slots > mostSlots ? ` It can have ${mostSlots} of this machine.` : ''
  record(loop, { type: 'note', level: 'info', text: `A person gave it ${counted(slots, 'slot')}.${more}` })
  // It may have waited for one that is not missed any more.
  loop.nextAcquire = 0
}

function heedPause(loop: SweepLoop, paused: boolean): void {
  const { control, clock } = loop
  if (paused === control.paused) return
  const ran = ranMs(control, clock)
  control.paused = paused
  control.ranBefore = ran
  control.since = paused ? undefined : clock.monotonic()
  control.endsRunning = paused
  loop.nextAcquire = 0
  record(loop, { type: 'sweep-control', paused, ranMs: ran })
}

function heedBudgetChange(loop: SweepLoop, change: NonNullable<DesiredState['budget']>): void {
  const { control } = loop
  const budget = Object.fromEntries(
    Object.entries(change).filter(([key, value]) => control.budget[key as keyof typeof change] !== value),
  )
  if (Object.keys(budget).length === 0) return
  control.budget = { ...control.budget, ...budget }
  // With more trials allowed there may be more to ask for.
  if (budget.trials !== undefined) loop.asked = false
  record(loop, { type: 'sweep-control', budget })
}

/** A crash must not forget what was used of a budget of time. */
function beat(loop: SweepLoop, now: number): void {
  const { control, clock } = loop
  if (now < control.nextBeat) return
  control.nextBeat = now + BEAT_MS
  if (control.budget.wallMs === undefined || control.since === undefined) return
  record(loop, { type: 'sweep-control', ranMs: ranMs(control, clock) })
}
