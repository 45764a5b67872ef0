// Key: N rows of the data, C classes of the task.
import type { Dataset, Task } from '../dataset.ts'
import type { HeadShape } from '../model/parameters.ts'
import type { Settings, TaskSettings } from '../settings.ts'
import { type ClassWeights, classCounts, classWeights } from './class-weights.ts'
import type { LossOptions, LossPart } from './task-loss.ts'

/** What is trained for one task, and towards what. */
export interface TaskPlan {
  readonly name: string
  /** C names. */
  readonly classes: readonly string[]
  /** N class indices, -1 = not labelled. */
  readonly labels_N: Int32Array
  readonly head: HeadShape
  /** What its loss is the sum of: one choice between all classes, or the two of a cascade. */
  readonly parts: readonly LossPart[]
  /** C; in a cascade those of the choice that tells the class apart. */
  readonly classWeights: readonly number[]
  /** The task's factor in the sum of the losses. */
  readonly taskWeight: number
  /** Epoch in which its training begins, 1 = at once. */
  readonly startEpoch: number
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
  const rowWeights = dataset.rowWeights && { rowWeights_N: dataset.rowWeights }
  const tasks = dataset.tasks.map((task): TaskPlan => {
    const { name, classes } = task
    const own = settings.tasks.get(name) as TaskSettings
    const labels_N = dataset.labels.get(name) as Int32Array
    const counts = classCounts(labels_N, dataset.splits.train, classes.length)
    const head = headOf(task, dataset.width, settings)
    const weighted = { labels_N, counts, multiplier: own.classMultiplier }
    const given = { own, settings }
    const parts = head.cascade === undefined ? [onlyPart(weighted, given)] : cascadeParts(weighted, head.cascade, given)
    const capped = parts.flatMap(({ capped }) => capped)
    for (const { class: index, wanted } of capped) {
      const cap = settings.classWeightCap
      warnings.push(`Class weight of ${name}.${classes[index]} capped at ${cap} (it would be ${wanted.toFixed(2)}).`)
    }
    return {
      name,
      classes,
      labels_N,
      head,
      parts: parts.map(({ part }) => ({ ...part, ...rowWeights })),
      classWeights: classes.map((_, c) =>
        weightOfClass(
          parts.map(({ part }) => part),
          c,
        ),
      ),
      taskWeight: own.taskWeight,
      startEpoch: own.startEpoch,
      counts,
    }
  })
  return { tasks, warnings }
}

/** @param width features that the body gives */
export function headOf({ name, classes }: Task, width: number, settings: Settings): HeadShape {
  const { hidden, layers, activation, layerNorm } = settings
  const first = settings.cascade[name]
  const cascade = first === undefined ? -1 : classes.indexOf(first)
  const shape = { task: name, width, hidden, layers, classes: classes.length, activation, layerNorm }
  return cascade < 0 ? shape : { ...shape, cascade }
}

function weightsOf(counts: readonly number[], multiplier: readonly number[], settings: Settings): ClassWeights {
  return classWeights(counts, {
    balanced: settings.classWeights === 'balanced',
    multiplier,
    cap: settings.classWeightCap,
  })
}

function lossOf(classes: number, own: TaskSettings, { loss }: Settings): LossOptions {
  const { labelSmoothing, diceAlpha: alpha, gamma } = own
  if (loss === 'dice') return { kind: 'dice', classes, alpha, labelSmoothing }
  return { kind: 'focal', classes, gamma: loss === 'focal' ? gamma : 0, labelSmoothing }
}

interface Weighted {
  readonly labels_N: Int32Array
  readonly counts: readonly number[]
  readonly multiplier: readonly number[]
}

interface WeightedPart {
  readonly part: LossPart
  /** By class of the task. */
  readonly capped: ClassWeights['capped']
}

interface Given {
  readonly own: TaskSettings
  readonly settings: Settings
}

/** One choice between all classes. */
function onlyPart({ labels_N, counts, multiplier }: Weighted, { own, settings }: Given): WeightedPart {
  const { weights, capped } = weightsOf(counts, multiplier, settings)
  return { part: { labels_N, classWeights: weights, loss: lossOf(counts.length, own, settings) }, capped }
}

/** The weight of a class in the choice that tells it apart. */
function weightOfClass([first, second]: readonly LossPart[], index: number): number {
  const gated = first?.cascade?.class
  if (gated === undefined) return first?.classWeights[index] ?? Number.NaN
  if (gated === index) return first?.classWeights[1] ?? Number.NaN
  return second?.classWeights[index < gated ? index : index - 1] ?? Number.NaN
}

/** The class against the rest, then the rest's classes; each with the weights that its own counts ask for. */
function cascadeParts(
  { labels_N, counts, multiplier }: Weighted,
  cascade: number,
  { own, settings }: Given,
): WeightedPart[] {
  const others = counts.flatMap((_, c) => (c === cascade ? [] : [c]))
  const rowsOfOthers = others.reduce((sum, c) => sum + (counts[c] as number), 0)
  const pick = (values: readonly number[]) => others.map((c) => values[c] as number)
  const gate = weightsOf([rowsOfOthers, counts[cascade] as number], [1, multiplier[cascade] as number], settings)
  const rest = weightsOf(pick(counts), pick(multiplier), settings)
  const partOf = (choice: 'gate' | 'rest', weights: ClassWeights, classOf: (label: number) => number): LossPart => ({
    labels_N: labels_N.map((label) => (label < 0 ? -1 : classOf(label))),
    classWeights: weights.weights,
    loss: lossOf(weights.weights.length, own, settings),
    cascade: { class: cascade, choice },
  })
  return [
    {
      part: partOf('gate', gate, (label) => (label === cascade ? 1 : 0)),
      capped: gate.capped.filter((one) => one.class === 1).map((one) => ({ ...one, class: cascade })),
    },
    {
      part: partOf('rest', rest, (label) => others.indexOf(label)),
      capped: rest.capped.map((one) => ({ ...one, class: others[one.class] as number })),
    },
  ]
}
