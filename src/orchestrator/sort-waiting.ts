import { record, type SweepLoop } from './sweep-loop.ts'

/**
 * Puts the waiting trials in order, longest first: of trials that are shared out to slots the last one should be short.
 * Only where it makes no difference to what is run: a whole grid, whatever comes of it.
 */
export function sortWaiting(loop: SweepLoop): void {
  const { longestFirst, waiting, journal } = loop
  if (longestFirst === undefined) return
  const { trials, notes } = journal.snapshot
  const typical = (trial: number) => longestFirst.typicalMs(trials[trial]?.configuration ?? 0)
  waiting.sort((a, b) => typical(b) - typical(a) || a - b)
  const { text } = longestFirst
  if (!notes.some((note) => note.text === text)) record(loop, { type: 'note', level: 'info', text })
}
