// Key: N rows, C classes of the task.
import type { TaskPredictions } from '../protocol/predictions.ts'
import { calibrationError } from '../statistics/reliability.ts'
import { logLoss, scaled } from '../statistics/temperature.ts'
import { macroF1Of } from './arithmetic.ts'
import type { FittedEnsemble, Member } from './ensemble.ts'
import type { Calibration, CalibrationChange, Estimate, MethodReport, TaskReport } from './ensemble-report.ts'
import { type Combined, calibratedOutOfFold, type FoldPlan, outOfFold, temperaturesOf } from './out-of-fold.ts'
import { best, membersOn, type PoolMember } from './pool.ts'

/** Everything that was chosen and predicted; what remains is to compare it with the labels. */
interface Learned {
  readonly members: readonly Member[]
  readonly fitted: FittedEnsemble
  /** The members again, with their test predictions. */
  readonly onTest?: readonly Member[]
  readonly honest: Combined
  readonly calibrated: Combined
  readonly temperatures: ReadonlyMap<string, number>
}

/** Fits one method on all validation rows, and judges it by its own predictions and by those out of the folds. */
export function judgeMethod(plan: FoldPlan, folds: readonly number[]): Omit<MethodReport, 'method' | 'summary'> {
  const { pool, tasks } = plan
  const { validation, test } = pool[0] as PoolMember
  const learned = learn(plan, folds)
  const reports = tasks.map((task): [string, TaskReport] => {
    const split = { validation: validation.get(task) as TaskPredictions, test: test?.get(task) }
    return [task, judgeTask(task, split, learned)]
  })
  const members = learned.members.map(({ trial }) => trial)
  return { members, ...meanEstimate(reports.map(([, report]) => report)), tasks: Object.fromEntries(reports) }
}

function learn(plan: FoldPlan, folds: readonly number[]): Learned {
  const { pool, tasks, top, method } = plan
  const { validation, test } = pool[0] as PoolMember
  const every = new Map(tasks.map((task) => [task, [...(validation.get(task)?.ids.keys() ?? [])]]))
  const members = best(membersOn(pool, every), top)
  const honest = outOfFold(plan, folds)
  return {
    members,
    fitted: method.fit(members, tasks),
    ...(test && { onTest: testMembers(pool, members) }),
    honest,
    calibrated: calibratedOutOfFold(plan, folds, honest),
    temperatures: temperaturesOf(plan, folds, honest),
  }
}

function testMembers(pool: readonly PoolMember[], members: readonly Member[]): Member[] {
  return members.map(({ trial, value }) => {
    return { trial, value, predictions: pool.find((one) => one.trial === trial)?.test ?? new Map() }
  })
}

function judgeTask(
  task: string,
  split: { validation: TaskPredictions; test: TaskPredictions | undefined },
  { members, fitted, onTest, honest, calibrated, temperatures }: Learned,
): TaskReport {
  const { validation, test } = split
  const temperature = temperatures.get(task) ?? 1
  const outOf = honest.get(task) as Float32Array
  const onTest_NC = test && onTest ? fitted.combine(onTest, task) : undefined
  const weights = fitted.weights?.[task]
  return {
    ...estimateOf(f1(validation, fitted.combine(members, task)), f1(validation, outOf)),
    ...(test && onTest_NC && { test: f1(test, onTest_NC) }),
    ...(weights && { weights }),
    temperature,
    calibration: {
      validation: change(validation, outOf, calibrated.get(task) as Float32Array),
      ...(test && onTest_NC && { test: change(test, onTest_NC, scaled(onTest_NC, test.classes.length, temperature)) }),
    },
  }
}

const f1 = (of: TaskPredictions, combined_NC: Float32Array) => macroF1Of(combined_NC, of.labels, of.classes.length)

function change(of: TaskPredictions, before_NC: Float32Array, after_NC: Float32Array): CalibrationChange {
  const judge = (probabilities_NC: Float32Array): Calibration => {
    const judged = { probabilities_NC, labels_N: of.labels, classes: of.classes.length }
    return { logLoss: logLoss(judged), ece: calibrationError(judged) }
  }
  return { before: judge(before_NC), after: judge(after_NC) }
}

/** Both figures in [0, 1]. */
function estimateOf(inSample: number, honest: number): Estimate {
  return { inSample, honest, optimism: inSample - honest }
}

/** Each task counts the same. */
function meanEstimate(of: readonly Estimate[]): Estimate {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const tests = of.flatMap(({ test }) => (test === undefined ? [] : [test]))
  return {
    ...estimateOf(mean(of.map(({ inSample }) => inSample)), mean(of.map(({ honest }) => honest))),
    ...(tests.length === of.length && { test: mean(tests) }),
  }
}
