import { z } from 'zod'
import { bytes, counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { givenInWords } from '../../trial/attempt-words.ts'
import type { Shortage } from '../../trial/retry.ts'
import type { Attempt, SweepSnapshot, Trial } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { configurationLabel, factsOf } from '../facts.ts'

const SHOWN = 50

const isShort = ({ end }: Attempt) => end === 'out-of-memory'

function shortageText(shortage: Shortage | undefined): string {
  if (shortage === undefined) return 'not known'
  const { memory, alone, gpuBytes } = shortage
  if (memory === 'heap') return 'its own limit'
  const size = gpuBytes === undefined ? '' : ` of ${bytes(gpuBytes)}`
  return `${memory === 'gpu' ? `GPU${size}` : 'machine'}${alone ? ', alone' : ', not alone'}`
}

/** What the trial's next attempt was given, or that there was none. */
function thenText(trial: Trial, attempt: Attempt, { spec, configurations }: SweepSnapshot): string {
  const next = trial.attempts.find(({ number }) => number > attempt.number)
  if (next === undefined) return attempt.retry === undefined ? 'no other attempt' : 'a retry waits'
  const configured = { ...spec.fixed, ...configurations[trial.configuration]?.params }
  return `again with ${givenInWords(next, configured) ?? 'what it had'}`
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const facts = factsOf(snapshot)
  const trials = snapshot.trials.filter(({ attempts }) => attempts.some(isShort))
  if (trials.length === 0) return 'nothing to show'
  const rows = trials.flatMap((trial) =>
    trial.attempts
      .filter(isShort)
      .map((attempt): Cell[] => [
        `${trial.number}`,
        configurationLabel(facts, trial.configuration, 40),
        `${attempt.number}`,
        shortageText(attempt.shortage),
        thenText(trial, attempt, snapshot),
        trial.state,
      ]),
  )
  const failed = trials.filter(({ state }) => state === 'failed').length
  const rest = rows.length > SHOWN ? ` The first ${SHOWN} of ${rows.length} are shown.` : ''
  return [
    {
      kind: 'text',
      text: `${counted(trials.length, 'trial')} ran out of memory, ${failed} of them until the end. Those have no value: they are not ranked, and no sampler takes them for bad ones. One that completed with a smaller batch is ranked as the configuration that it is of, with the same effective batch where something was doubled.${rest}`,
    },
    {
      kind: 'table',
      caption: 'Attempts that ran out of memory',
      columns: ['trial', 'configuration', 'attempt', 'memory', 'then', 'the trial is now'],
      rows: rows.slice(0, SHOWN),
    },
  ]
}

export const outOfMemory = entry({
  summary: 'Attempts that ran out of memory, and what their trials were given instead.',
  options: z.object({}),
  create: (): Section => ({ title: 'Out of memory', render }),
})
