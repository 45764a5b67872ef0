import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Block, ReportContext, Section } from '../block.ts'
import {
  bestAtTheEdge,
  failedTrials,
  incompleteWinner,
  luckAboveLead,
  notNumbers,
  type Rule,
  rankedByTest,
  seedsDisagree,
  stoppedWhileImproving,
  thinClasses,
  warningsOfTrials,
  weakClasses,
  winnerGivenLess,
  worseCalibration,
} from '../problem-rules.ts'

/** Most pressing first. */
const RULES: readonly Rule[] = [
  failedTrials,
  notNumbers,
  rankedByTest,
  incompleteWinner,
  winnerGivenLess,
  luckAboveLead,
  seedsDisagree,
  stoppedWhileImproving,
  weakClasses,
  bestAtTheEdge,
  worseCalibration,
  thinClasses,
  warningsOfTrials,
]

function render(context: ReportContext): Block[] {
  const findings = RULES.flatMap((rule) => rule(context))
  if (findings.length === 0)
    return [{ kind: 'note', level: 'good', text: `None of the ${RULES.length} rules found a problem.` }]
  return findings.map(({ text, advice }) => ({ kind: 'note', level: 'warn', text: `${text} ${advice}` }))
}

export const problems = entry({
  summary: 'Problems found by rule, each with what to do about it.',
  options: z.object({}),
  create: (): Section => ({ title: 'Problems found', render }),
})
