import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import { fileIn } from '../../src/journal/folder.ts'
import type { NewEvent } from '../../src/journal/journal.ts'
import { createJournal } from '../../src/journal/open-journal.ts'
import { canMove, TRIAL_MOVES, type TrialState } from '../../src/trial/states.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { spec } from '../fixtures/a-spec.ts'

export { spec }

/** Time stands still, so that two ways to the same fold give equal times. */
export const stillClock: Clock = { ...systemClock, now: () => 1_700_000_000_000 }

export const newDir = () => join(temporaryFolder(), 'gamma.1')

export const create = (dir: string, clock = stillClock) =>
  createJournal({ dir, id: 'gamma.1', spec, provenance: { host: 'here' }, clock })

export const journalText = (dir: string) => readFileSync(fileIn(dir, 'journal'), 'utf8')

/** A small sweep with everything in it: NaN, a retry, an out-of-memory end, words outside ASCII. */
export const SMALL: readonly NewEvent[] = [
  { type: 'configuration-proposed', configuration: 0, params: { gamma: 2, text: 'größer 漢' }, cursor: 1 },
  { type: 'trial-created', trial: 0, configuration: 0, seed: 1, address: 'abc' },
  { type: 'attempt-started', trial: 0, attempt: 1, slot: 'gpu0' },
  { type: 'attempt-handle', trial: 0, attempt: 1, handle: { pid: 7 } },
  { type: 'reported', trial: 0, step: 1, value: 0.5 },
  { type: 'reported', trial: 0, step: 2, value: Number.NaN },
  { type: 'attempt-ended', trial: 0, attempt: 1, end: 'out-of-memory', exitCode: 1, reason: 'CUDA out of memory' },
  { type: 'trial-state', trial: 0, state: 'waiting' },
  { type: 'attempt-started', trial: 0, attempt: 2, slot: 'gpu0' },
  { type: 'reported', trial: 0, step: 2, value: 0.75 },
  { type: 'attempt-ended', trial: 0, attempt: 2, end: 'finished', exitCode: 0 },
  {
    type: 'trial-state',
    trial: 0,
    state: 'completed',
    value: 0.75,
    metrics: { f1: 0.75, loss: Number.POSITIVE_INFINITY },
  },
  { type: 'trial-created', trial: 1, configuration: 0, seed: 2 },
  { type: 'trial-state', trial: 1, state: 'completed', value: 0.8, metrics: { f1: 0.8 }, reusedFrom: 'gamma.0/3' },
  { type: 'note', level: 'warn', text: 'GPU 0 is warm', trial: 1 },
  { type: 'space-exhausted' },
  { type: 'sweep-state', state: 'finished', reason: 'all trials are done' },
]

/** Writes the small sweep and closes it. */
export async function smallSweep(): Promise<string> {
  const dir = newDir()
  const journal = create(dir)
  for (const event of SMALL) journal.append(event)
  await journal.close()
  return dir
}

/** Byte offsets at which the journal's lines start. */
export function lineStarts(dir: string): number[] {
  const data = readFileSync(fileIn(dir, 'journal'))
  const starts = [0]
  for (let at = data.indexOf(10); at !== -1 && at + 1 < data.length; at = data.indexOf(10, at + 1)) starts.push(at + 1)
  return starts
}

export function replaceLine(dir: string, number: number, text: string): void {
  const lines = journalText(dir).split('\n')
  lines[number] = text
  writeFileSync(fileIn(dir, 'journal'), lines.join('\n'))
}

export function appendRaw(dir: string, text: string): void {
  appendFileSync(fileIn(dir, 'journal'), text)
}

// JSON has no negative zero, and no ranking needs one: it comes back as 0.
const value = fc
  .oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))
  .map((it) => it + 0)

/** Any event sequence that the table of moves allows: each choice is a number that picks among what is legal then. */
export const legalEvents: fc.Arbitrary<NewEvent[]> = fc
  .array(fc.record({ pick: fc.nat(1000), which: fc.nat(1000), value }), { maxLength: 60 })
  .map((choices) => {
    const states: TrialState[] = []
    const attempts: number[] = []
    const events: NewEvent[] = []
    let configurations = 0
    for (const { pick, which, value } of choices) {
      const trial = states.length === 0 ? 0 : which % states.length
      const state = states[trial]
      const kind = pick % 6
      if (kind === 0 || configurations === 0) {
        events.push({ type: 'configuration-proposed', configuration: configurations++, params: { x: which } })
      } else if (kind === 1 || state === undefined) {
        events.push({ type: 'trial-created', trial: states.length, configuration: which % configurations, seed: pick })
        states.push('waiting')
        attempts.push(0)
      } else if (kind === 2 && (state === 'running' || canMove(state, 'running'))) {
        const attempt = (attempts[trial] ?? 0) + 1
        events.push({ type: 'attempt-started', trial, attempt, slot: 'cpu0' })
        attempts[trial] = attempt
        states[trial] = 'running'
      } else if (kind === 3) {
        events.push({ type: 'reported', trial, step: which % 7, value })
      } else if (kind === 4 && (attempts[trial] ?? 0) > 0) {
        events.push({ type: 'attempt-ended', trial, attempt: attempts[trial] ?? 1, end: 'crashed', exitCode: pick % 3 })
      } else if (TRIAL_MOVES[state].length > 0) {
        const next = TRIAL_MOVES[state][which % TRIAL_MOVES[state].length] as TrialState
        const done = next === 'completed' ? { value, metrics: { f1: value, other: 1 } } : { reason: 'because' }
        events.push({ type: 'trial-state', trial, state: next, ...done })
        states[trial] = next
      }
    }
    return events
  })
