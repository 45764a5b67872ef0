import { join } from 'node:path'
import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import { shortReason } from '../../trial/attempt-words.ts'
import type { Attempt, Trial } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { configurationLabel, factsOf } from '../facts.ts'
import { cut } from '../params.ts'
import { readText, shownPath, trialFolder } from '../trial-files.ts'

const SHOWN = 10
const SHOWN_RECOVERED = 50
const LAST_LINES = 20

/** Colour codes and other control characters of terminals make no sense on a page. */
function plainLines(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const plain = text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  return plain.split('\n').filter((line) => line.trim() !== '')
}

/** Of stderr, or of stdout where a trainer says everything there, and the log that they stand in. */
function lastWords(trial: Trial, sweepDir: string): Block[] {
  const linesOf = (file: string) =>
    plainLines((readText(join(trialFolder(sweepDir, trial), file)) ?? '').slice(-20_000)).slice(-LAST_LINES)
  const logs = [TRIAL_FILES.stderr, TRIAL_FILES.stdout].map((file) => ({ file, said: linesOf(file) }))
  const { file, said } = logs.find(({ said }) => said.length > 0) ?? { file: TRIAL_FILES.stderr, said: [] }
  const words = said.map((line) => cut(line, 300)).join('\n')
  return [
    ...(said.length === 0 ? [] : [{ kind: 'code' as const, language: 'text', text: words }]),
    { kind: 'text', text: `Log: ${shownPath(sweepDir, trial, file)}` },
  ]
}

function oneFailure(trial: Trial, { snapshot, sweepDir }: ReportContext): Block[] {
  const facts = factsOf(snapshot)
  const why = trial.reason ?? trial.attempts.at(-1)?.reason ?? 'no reason was recorded.'
  return [
    {
      kind: 'heading',
      level: 3,
      text: `Trial ${trial.number}: ${configurationLabel(facts, trial.configuration)}, seed ${trial.seed}`,
    },
    { kind: 'text', text: why },
    ...(trial.attempts.filter(isBad).length > 1
      ? [{ kind: 'text' as const, text: `It had ${counted(trial.attempts.length, 'attempt')}. ${attemptsText(trial)}` }]
      : []),
    ...lastWords(trial, sweepDir),
  ]
}

const isBad = ({ end }: Attempt) => end !== undefined && end !== 'finished' && end !== 'stopped'

/** `1: crashed, The trainer exited with code 1 after 2 s. KeyError; 2: ...` */
function attemptsText({ attempts }: Trial): string {
  const bad = attempts.filter(isBad)
  return bad.map(({ number, end, reason = '' }) => `${number}: ${end}, ${cut(shortReason(reason), 120)}`).join('; ')
}

/** Trials that needed more than one attempt and did not fail in the end: preempted, lost, crashed and retried. */
function recovered({ snapshot }: ReportContext): Block[] {
  const facts = factsOf(snapshot)
  const trials = snapshot.trials.filter(({ state, attempts }) => state !== 'failed' && attempts.some(isBad))
  if (trials.length === 0) return []
  const rows = trials.map((trial): Cell[] => [
    `${trial.number}`,
    configurationLabel(facts, trial.configuration, 40),
    `${trial.attempts.length}`,
    attemptsText(trial),
    trial.state,
  ])
  const rest = rows.length > SHOWN_RECOVERED ? `, the first ${SHOWN_RECOVERED} of ${rows.length}` : ''
  return [
    {
      kind: 'table',
      caption: `Trials that needed more than one attempt and went on${rest}`,
      columns: ['trial', 'configuration', 'attempts', 'what the others ended with', 'the trial is now'],
      rows: rows.slice(0, SHOWN_RECOVERED),
    },
  ]
}

function render(context: ReportContext): Block[] | 'nothing to show' {
  const failed = context.snapshot.trials.filter(({ state }) => state === 'failed')
  const others = recovered(context)
  if (failed.length === 0) return others.length === 0 ? 'nothing to show' : others
  const more = failed.slice(SHOWN).map(({ number }) => number)
  const rest: Block[] =
    more.length === 0
      ? []
      : [{ kind: 'text', text: `${counted(more.length, 'more failed trial')}: ${cut(more.join(', '), 400)}.` }]
  return [...failed.slice(0, SHOWN).flatMap((trial) => oneFailure(trial, context)), ...rest, ...others]
}

export const failures = entry({
  summary: 'Trials that failed, with their last lines and where the log is.',
  options: z.object({}),
  create: (): Section => ({ title: 'Failures', render }),
})
