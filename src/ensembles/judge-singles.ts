import type { TaskPredictions } from '../protocol/predictions.ts'
import { weightedMean } from './arithmetic.ts'
import type { EnsembleMethod } from './ensemble.ts'
import type { EnsembleReport } from './ensemble-report.ts'
import { judgeMethod } from './judge-method.ts'
import type { FoldPlan } from './out-of-fold.ts'
import { overallMacroF1, type PoolMember } from './pool.ts'

/** The best member alone; members come best first. */
const alone: EnsembleMethod = { fit: () => ({ combine: (on, task) => weightedMean(on.slice(0, 1), task, [1]) }) }

/** What an ensemble has to beat: the trial that one would have taken, judged as honestly, and the members' mean. */
export function judgeSingles(shared: Omit<FoldPlan, 'method'>, folds: readonly number[]): EnsembleReport['single'] {
  const { pool, tasks, top } = shared
  const { members, inSample, honest, optimism, test } = judgeMethod({ ...shared, method: alone, top: 1 }, folds)
  const figures = pool.map((member) => ({
    trial: member.trial,
    validation: overallMacroF1(member.validation, tasks),
    test: figureOf(member.test, tasks),
  }))
  const chosen = figures.sort((a, b) => b.validation - a.validation || a.trial - b.trial).slice(0, top)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const tests = chosen.flatMap((one) => (one.test === undefined ? [] : [one.test]))
  return {
    best: { trial: members[0] as number, inSample, honest, optimism, ...(test !== undefined && { test }) },
    mean: {
      validation: mean(chosen.map(({ validation }) => validation)),
      ...(tests.length === chosen.length && { test: mean(tests) }),
    },
  }
}

function figureOf(test: PoolMember['test'], tasks: readonly string[]): number | undefined {
  return test && overallMacroF1(test as ReadonlyMap<string, TaskPredictions>, tasks)
}
