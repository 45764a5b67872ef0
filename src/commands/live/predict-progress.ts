import type { PredictionEvent } from '../../app/predict.ts'
import { duration } from '../../base/human-readable.ts'
import type { Style } from '../text/style.ts'

/** Shows on stderr how far a prediction is. */
export interface PredictProgress {
  readonly event: (event: PredictionEvent) => void
  /** Leaves the terminal as it was; may be called twice. */
  close(): void
}

/** A terminal is redrawn this often, anything else gets a line. */
const REDRAW_MS = 200
const LINE_MS = 10_000
const SHOWN_FROM = 2000

export function predictProgress(style: Style): PredictProgress {
  const stream = process.stderr
  const redraws = stream.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb'
  const every = redraws ? REDRAW_MS : LINE_MS
  let began = performance.now()
  let shownAt = began
  let drawn = false
  const clear = () => {
    if (drawn) stream.write('\r\x1b[K')
    drawn = false
  }
  const say = (line: string) => {
    clear()
    stream.write(`${line}\n`)
  }
  const show = (rows: number, fraction: number) => {
    const now = performance.now()
    if (now - shownAt < every || now - began < SHOWN_FROM) return
    shownAt = now
    const left = fraction > 0 ? ((now - began) * (1 - fraction)) / fraction : Number.NaN
    const text = `${rows.toLocaleString('en-US')} rows · ${Math.floor(100 * fraction)} % · ${duration(left)} left`
    if (redraws) stream.write(`\r\x1b[K${text}`)
    else say(text)
    drawn = redraws
  }
  return {
    event: (event) => {
      if (event.event === 'ready') began = performance.now()
      else if (event.event === 'progress') show(event.rows, event.fraction)
      else if (event.event === 'unreadable') say(`${style.yellow('unreadable')}: line ${event.line}: ${event.message}`)
      else if (event.event === 'note') say(`${event.level === 'warn' ? style.yellow('warn') : 'note'}: ${event.text}`)
    },
    close: clear,
  }
}
