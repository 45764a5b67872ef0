import { expect, it } from 'vitest'
import { summarize } from '../../src/journal/summary.ts'
import { sweepOf } from '../trial/a-sweep.ts'

it('keeps each warning once, with how many trials said it, in the order last said', () => {
  const note = (trial: number, text: string, level: 'info' | 'warn' = 'warn') => ({ at: trial, level, text, trial })
  const notes = [note(0, 'capped'), note(0, 'odd'), note(1, 'capped'), note(1, 'fine', 'info'), note(2, 'capped')]
  const summary = summarize({ ...sweepOf([[1, 2, 3]]), notes }, 0)
  expect(summary.notes.map(({ text, said, trial }) => [text, said, trial])).toEqual([
    ['odd', 1, 0],
    ['capped', 3, 2],
  ])
})
