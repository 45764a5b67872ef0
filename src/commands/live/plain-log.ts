import { remainingTime } from '../../app/eta.ts'
import { duration } from '../../base/human-readable.ts'
import type { JournalEvent } from '../../journal/event.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import { metricText } from '../../reports/numbers.ts'
import { countsText } from '../text/counts-text.ts'
import type { Style } from '../text/style.ts'
import { clockTime, remainingText } from '../text/time-text.ts'
import { eventLines } from './event-lines.ts'
import type { SweepView, ViewOptions } from './sweep-view.ts'
import { countStates, trialEndedBy } from './tally.ts'

const EVERY = 10
/** With very many short trials a summary is due by time as well: it costs a pass over all of them. */
const LEAST_BETWEEN_MS = 2000
/** Lines closer together than this go out in one write: each write wakes the reader, 0.3 ms that a trial waits for. */
const GATHER_MS = 100

/** One line an event with the time before it, and where the sweep stands after every tenth trial. */
export function plainLog(options: ViewOptions & { readonly style: Style }): SweepView {
  const { write, now, style } = options
  const lineOf = eventLines(style)
  const gathered: string[] = []
  let writtenAt = Number.NEGATIVE_INFINITY
  const flush = () => {
    if (gathered.length > 0) write(gathered.join(''))
    gathered.length = 0
    writtenAt = now()
  }
  const gather = (line: string) => void gathered.push(`${style.dim(clockTime(now()))} ${line}\n`)
  let ended = 0
  let summedUpAt = Number.NEGATIVE_INFINITY

  const sumUp = (live: LiveState) => {
    if (ended % EVERY !== 0 || now() - summedUpAt < LEAST_BETWEEN_MS) return
    summedUpAt = now()
    gather(summaryLine(live, options))
  }

  return {
    say(line) {
      gather(line)
      flush()
    },
    event(event: JournalEvent, live: LiveState) {
      const line = lineOf(event, live)
      if (line !== undefined) gather(line)
      if (trialEndedBy(event, live) === undefined) return
      ended++
      sumUp(live)
    },
    tick() {
      if (now() - writtenAt >= GATHER_MS) flush()
    },
    close: flush,
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
