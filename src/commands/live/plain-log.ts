import { remainingTime } from '../../app/eta.ts'
import { duration } from '../../base/human-readable.ts'
import type { JournalEvent } from '../../journal/event.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import { metricText } from '../../reports/numbers.ts'
import { countsText } from '../text/counts-text.ts'
import type { Style } from '../text/style.ts'
import { clockTime, remainingText } from '../text/time-text.ts'
import { eventLine } from './event-lines.ts'
import type { SweepView, ViewOptions } from './sweep-view.ts'
import { countStates, trialEndedBy } from './tally.ts'

const EVERY = 10
/** With very many short trials a summary is due by time as well: it costs a pass over all of them. */
const LEAST_BETWEEN_MS = 2000

/** One line an event with the time before it, and where the sweep stands after every tenth trial. */
export function plainLog(options: ViewOptions & { readonly style: Style }): SweepView {
  const { write, now, style } = options
  const say = (line: string) => void write(`${style.dim(clockTime(now()))} ${line}\n`)
  let ended = 0
  let summedUpAt = Number.NEGATIVE_INFINITY

  const sumUp = (live: LiveState) => {
    if (ended % EVERY !== 0 || now() - summedUpAt < LEAST_BETWEEN_MS) return
    summedUpAt = now()
    say(summaryLine(live, options))
  }

  return {
    say,
    event(event: JournalEvent, live: LiveState) {
      const line = eventLine(event, live, style)
      if (line !== undefined) say(line)
      if (trialEndedBy(event, live) === undefined) return
      ended++
      sumUp(live)
    },
    tick() {},
    close() {},
  }
}

function summaryLine(live: LiveState, { now, leader, style }: ViewOptions & { readonly style: Style }): string {
  const { snapshot, total } = live
  const best = leader(live)
  const parallel = Math.max(1, live.slots.length)
  const spread = best?.halfWidth === undefined ? '' : ` ± ${metricText(best.halfWidth)}`
  const parts = [
    countsText(countStates(snapshot), total, style),
    duration(now() - snapshot.startedAt),
    remainingText(remainingTime(snapshot, { now: now(), total, parallel })),
    best === undefined ? undefined : `best ${style.bold(metricText(best.mean))}${spread} ${best.label}`,
  ]
  return `-- ${parts.filter((part) => part !== undefined).join(' · ')}`
}
