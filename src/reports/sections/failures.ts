import { join } from 'node:path'
import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import type { Trial } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { configurationLabel, factsOf } from '../facts.ts'
import { cut } from '../params.ts'
import { readText, shownPath, trialFolder } from '../trial-files.ts'

const SHOWN = 10
const LAST_LINES = 20

/** Colour codes and other control characters of terminals make no sense on a page. */
function plainLines(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const plain = text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  return plain.split('\n').filter((line) => line.trim() !== '')
}

function lastWords(trial: Trial, sweepDir: string): Block[] {
  const file = join(trialFolder(sweepDir, trial), TRIAL_FILES.stderr)
  const lines = plainLines((readText(file) ?? '').slice(-20_000)).slice(-LAST_LINES)
  return lines.length === 0
    ? []
    : [{ kind: 'code', language: 'text', text: lines.map((line) => cut(line, 300)).join('\n') }]
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
    ...lastWords(trial, sweepDir),
    { kind: 'text', text: `Log: ${shownPath(sweepDir, trial, TRIAL_FILES.stderr)}` },
  ]
}

/** Attempts that failed in trials that recovered: out of memory, preempted, lost. */
function recovered({ snapshot }: ReportContext): Block[] {
  const rows = snapshot.trials.flatMap((trial) => {
    if (trial.state === 'failed') return []
    const bad = trial.attempts.filter(({ end }) => end !== undefined && end !== 'finished' && end !== 'stopped')
    return bad.map((attempt): Cell[] => [
      `${trial.number}`,
      `${attempt.number}`,
      attempt.end ?? '',
      cut(attempt.reason ?? '', 120),
      trial.state,
    ])
  })
  if (rows.length === 0) return []
  const columns = ['trial', 'attempt', 'ended', 'why', 'the trial is now']
  return [
    {
      kind: 'table',
      caption: 'Attempts that did not finish, of trials that went on',
      columns,
      rows: rows.slice(0, 50),
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
