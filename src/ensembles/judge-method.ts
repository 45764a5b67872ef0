// Key: N rows, C classes of the task.
import type { TaskPredictions } from '../protocol/predictions.ts'
import {
  appliedOf,
  applyCalibration,
  type Calibrated,
  type Calibration,
  type CalibrationFigures,
  type CalibrationVerdict,
  calibrationFigures,
  judgeCalibration,
  NO_CALIBRATION,
} from '../statistics/calibration.ts'
import { macroF1Of } from './arithmetic.ts'
import type { FittedEnsemble, Member } from './ensemble.ts'
import type { CalibrationChange, Estimate, MethodReport, TaskReport } from './ensemble-report.ts'
import {
  type CalibratedTasks,
  type Combined,
  calibratedOutOfFold,
  calibrationsOf,
  type FoldPlan,
  outOfFold,
} from './out-of-fold.ts'
import { best, membersOn, type PoolMember } from './pool.ts'

/** Everything that was chosen and predicted; what remains is to compare it with the labels. */
interface Learned {
  readonly members: readonly Member[]
  readonly fitted: FittedEnsemble
  /** The members again, with their test predictions. */
  readonly onTest?: readonly Member[]
  readonly honest: Combined
  readonly calibrated: CalibratedTasks
  readonly calibrations: ReadonlyMap<string, Calibration>
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
    calibrations: calibrationsOf(plan, folds, honest),
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
  { members, fitted, onTest, honest, calibrated, calibrations }: Learned,
): TaskReport {
  const { validation, test } = split
  const outOf = honest.get(task) as Float32Array
  const onTest_NC = test && onTest ? fitted.combine(onTest, task) : undefined
  const weights = fitted.weights?.[task]
  const verdict = judgeCalibration(judgedOf(validation, outOf), calibrated.get(task) as Calibrated, {
    fitted: calibrations.get(task) as Calibration,
    withBias: true,
  })
  return {
    ...estimateOf(f1(validation, fitted.combine(members, task)), f1(validation, outOf)),
    ...(test && onTest_NC && { test: f1(test, onTest_NC) }),
    ...(weights && { weights }),
    temperature: verdict.temperature.fitted,
    bias: verdict.bias?.fitted ?? [],
    applied: { temperature: verdict.temperature.applied, bias: verdict.bias?.applied ?? false },
    calibration: {
      validation: { before: plainFigures(verdict.before), after: plainFigures(verdict.after) },
      ...(test && onTest_NC && { test: changeOnTest(test, onTest_NC, verdict) }),
    },
  }
}

const f1 = (of: TaskPredictions, combined_NC: Float32Array) => macroF1Of(combined_NC, of.labels, of.classes.length)

const judgedOf = ({ labels, classes }: TaskPredictions, probabilities_NC: Float32Array) => ({
  probabilities_NC,
  labels_N: labels,
  classes: classes.length,
})

function changeOnTest(
  test: TaskPredictions,
  combined_NC: Float32Array,
  verdict: CalibrationVerdict,
): CalibrationChange {
  const judged = judgedOf(test, combined_NC)
  const figures = (calibration: Calibration) =>
    plainFigures(calibrationFigures(judged, applyCalibration(combined_NC, calibration)))
  const C = test.classes.length
  return { before: figures(NO_CALIBRATION(C)), after: figures(appliedOf(verdict, C)) }
}

/** The pictures are drawn of single trials; here three figures are enough. */
const plainFigures = ({ logLoss, ece, macroF1 }: CalibrationFigures) => ({ logLoss, ece, macroF1 })

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
