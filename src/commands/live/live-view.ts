import { remainingTime } from '../../app/eta.ts'
import type { JournalEvent } from '../../journal/event.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import type { Style } from '../text/style.ts'
import { eventLines } from './event-lines.ts'
import { type Leader, renderFrame } from './render.ts'
import type { SweepView, ViewOptions } from './sweep-view.ts'
import { countStates, trialEndedBy } from './tally.ts'
import { type Terminal, TerminalArea } from './terminal-area.ts'

const LEAST_BETWEEN_MS = 100
/** Drawing takes at most a tenth of the time, however many trials there are. */
const COST_FACTOR = 10
const REDRAW_MS = 250
const NOTES = 3

/** A few lines at the bottom of the terminal that are redrawn while the sweep runs. */
export function liveView(options: ViewOptions & { readonly terminal: Terminal; readonly style: Style }): SweepView {
  const { now, leader, terminal, style } = options
  const area = new TerminalArea(terminal)
  const lineOf = eventLines(style)
  const notes: string[] = []
  let latest: LiveState | undefined
  let best: Leader | undefined
  let bestIsOld = true
  let nextAt = 0

  const draw = () => {
    if (latest === undefined || now() < nextAt) return
    const began = performance.now()
    if (bestIsOld) best = leader(latest)
    bestIsOld = false
    area.draw(renderFrame(frameOf(latest)))
    nextAt = now() + Math.max(LEAST_BETWEEN_MS, COST_FACTOR * (performance.now() - began))
  }
  const frameOf = (live: LiveState) => ({
    live,
    counts: countStates(live.snapshot),
    leader: best,
    remaining: remainingTime(live.snapshot, {
      now: now(),
      total: live.total,
      parallel: Math.max(1, live.slots.length),
    }),
    notes,
    now: now(),
    columns: area.columns,
    rows: area.rows,
    style,
  })

  // The clocks of the view go on while the loop waits; unref: a view keeps no process alive.
  const timer = setInterval(draw, REDRAW_MS).unref()

  return {
    say(line) {
      area.clear()
      terminal.write(`${line}\n`)
      nextAt = 0
      draw()
    },
    event(event: JournalEvent, live) {
      latest = live
      const ended = trialEndedBy(event, live)
      if (ended !== undefined) bestIsOld = true
      if (ended === undefined || ended.state === 'failed') remember(notes, lineOf(event, live))
      draw()
    },
    tick(live) {
      latest = live
      draw()
    },
    close() {
      clearInterval(timer)
      area.clear()
      area.close()
    },
  }
}

function remember(notes: string[], line: string | undefined): void {
  if (line === undefined) return
  notes.push(line.replaceAll('\n', ' '))
  if (notes.length > NOTES) notes.shift()
}
