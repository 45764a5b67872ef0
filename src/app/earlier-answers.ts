import { existsSync } from 'node:fs'
import { canonicalJson } from '../base/canonical-json.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { readSweepFile } from '../journal/sweep-file.ts'
import type { EarlierAnswer } from '../orchestrator/sweep-loop.ts'
import { trialFolder } from '../reports/trial-files.ts'
import type { MetricSpec, SweepSpec } from '../trial/sweep-spec.ts'
import type { Trial } from '../trial/trial.ts'
import { listSweepIds, sweepDirOf, type Workspace } from './workspace.ts'

/** Looks a content address up among the completed trials of earlier sweeps. */
export type AnswerFor = (address: string) => EarlierAnswer | undefined

/**
 * Knows what earlier sweeps with the same trainer have answered. The sweeps are read at the first question, newest
 * last, so that the newest answer counts; a sweep that cannot be read answers nothing.
 */
export function earlierAnswers(workspace: Workspace, id: string, spec: SweepSpec): AnswerFor {
  // A start asks before it begins, for its estimate, and then for each trial.
  const made = answersOfSpec.get(spec) ?? answersFor(workspace, id, spec)
  answersOfSpec.set(spec, made)
  return made
}

const answersOfSpec = new WeakMap<SweepSpec, AnswerFor>()

function answersFor(workspace: Workspace, id: string, spec: SweepSpec): AnswerFor {
  let known: Map<string, EarlierAnswer> | undefined
  return (address) => {
    known ??= readAnswers(workspace, id, spec)
    const answer = known.get(address)
    return answer !== undefined && existsSync(answer.dir) ? answer : undefined
  }
}

function readAnswers(workspace: Workspace, id: string, spec: SweepSpec): Map<string, EarlierAnswer> {
  const trainer = canonicalJson(spec.trainer)
  const answers = new Map<string, EarlierAnswer>()
  for (const other of listSweepIds(workspace)) {
    if (other === id) continue
    const dir = sweepDirOf(workspace, other)
    try {
      // sweep.json is small; the journals of other trainers' sweeps need not be read at all.
      if (canonicalJson(readSweepFile(dir).spec.trainer) !== trainer) continue
      for (const [address, answer] of answersOf(dir, spec.metric)) answers.set(address, answer)
    } catch {
      // Half-made or newer sweeps are said by `sweep status`; here they only have no answers.
    }
  }
  return answers
}

function* answersOf(sweepDir: string, metric: MetricSpec | undefined): Generator<[string, EarlierAnswer]> {
  const snapshot = readSnapshot(sweepDir)
  for (const trial of snapshot.trials) {
    if (trial.state !== 'completed' || trial.address === undefined) continue
    // After running out of memory it had a smaller batch: that is not what its address says.
    if (trial.attempts.at(-1)?.params !== undefined) continue
    const value = valueFor(metric, snapshot.spec.metric, trial)
    if (metric !== undefined && value === undefined) continue
    const from = trial.reusedFrom ?? `${snapshot.id}/${trial.number}`
    const { metrics } = trial
    const dir = trialFolder(sweepDir, trial)
    yield [trial.address, { from, dir, metrics, ...(value === undefined ? {} : { value }) }]
  }
}

/** Another sweep may rank by another metric, or by the best report instead of the last one. */
function valueFor(wanted: MetricSpec | undefined, had: MetricSpec | undefined, trial: Trial): number | undefined {
  if (wanted === undefined) return undefined
  if (had?.name === wanted.name && had.value === wanted.value && had.goal === wanted.goal) return trial.value
  return wanted.value === 'last' ? trial.metrics[wanted.name] : undefined
}
