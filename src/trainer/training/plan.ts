// Key: N rows of the data, C classes of the task.
import type { Dataset } from '../dataset.ts'
import type { HeadShape } from '../model/parameters.ts'
import type { Settings, TaskSettings } from '../settings.ts'
import { classCounts, classWeights } from './class-weights.ts'
import type { FocalOptions } from './focal-loss.ts'

/** What is trained for one task, and towards what. */
export interface TaskPlan {
  readonly name: string
  /** C names. */
  readonly classes: readonly string[]
  /** N class indices, -1 = not labelled. */
  readonly labels_N: Int32Array
  readonly head: HeadShape
  readonly loss: FocalOptions
  /** C */
  readonly classWeights: readonly number[]
  /** The task's factor in the sum of the losses. */
  readonly taskWeight: number
  /** C, rows of the training split. */
  readonly counts: readonly number[]
}

/** What predicting needs of a plan. */
export type PlannedHead = Pick<TaskPlan, 'name' | 'classes' | 'head'>

export interface TrainingPlan {
  readonly tasks: readonly TaskPlan[]
  /** Class weights that hit the cap, in words. */
  readonly warnings: readonly string[]
}

/** Works out heads, losses and class weights from the settings and the training split. */
export function trainingPlan(dataset: Dataset, settings: Settings): TrainingPlan {
  const warnings: string[] = []
  const tasks = dataset.tasks.map(({ name, classes }): TaskPlan => {
    const own = settings.tasks.get(name) as TaskSettings
    const labels_N = dataset.labels.get(name) as Int32Array
    const counts = classCounts(labels_N, dataset.splits.train, classes.length)
    const { weights, capped } = classWeights(counts, {
      balanced: settings.classWeights === 'balanced',
      multiplier: own.classMultiplier,
      cap: settings.classWeightCap,
    })
    for (const { class: index, wanted } of capped) {
      const cap = settings.classWeightCap
      warnings.push(`Class weight of ${name}.${classes[index]} capped at ${cap} (it would be ${wanted.toFixed(2)}).`)
    }
    return {
      name,
      classes,
      labels_N,
      head: {
        task: name,
        width: dataset.width,
        hidden: settings.hidden,
        layers: settings.layers,
        classes: classes.length,
      },
      loss: {
        classes: classes.length,
        gamma: settings.loss === 'focal' ? own.gamma : 0,
        labelSmoothing: own.labelSmoothing,
      },
      classWeights: weights,
      taskWeight: own.taskWeight,
      counts,
    }
  })
  return { tasks, warnings }
}
