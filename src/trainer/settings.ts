import { nameProblems, presetOf, refuse, scalarsOf, valueProblems } from './check-settings.ts'
import type { Task } from './dataset.ts'
import type { EngineChoice } from './engine/engine-names.ts'
import {
  type CalibrationKind,
  type DataSource,
  defaults,
  type EncoderName,
  type Pooling,
  type SpecificName,
  scalarSchema,
  specificSchema,
  unusedByHashEncoder,
} from './settings-schema.ts'
import { assignmentsOf, mostSpecific, type PlacedValue, readTarget } from './specific-values.ts'

export { checkSettings, dataOf, settingNames } from './check-settings.ts'
export type { DataSource } from './settings-schema.ts'
export type { SettingProblem } from './specific-values.ts'

/** Parameters as they come from a sweep file: unchecked. */
export type RawParams = Readonly<Record<string, unknown>>

/** Key: C classes of the task, in the task's order. */
export interface TaskSettings {
  /** Focusing parameter of the focal loss; 0 = plain cross-entropy. */
  readonly gamma: number
  /** Share of the probability that is spread over all classes. */
  readonly labelSmoothing: number
  /** The task's factor in the sum of the losses. */
  readonly taskWeight: number
  /** C factors on the base class weights, before the cap. */
  readonly classMultiplier: readonly number[]
  /** C factors on a row's chance to be drawn. */
  readonly boost: readonly number[]
}

/** All parameters of one trial with every default, preset and name resolved. */
export interface Settings {
  readonly data: DataSource
  /** Where tensors are computed, as asked for; `auto` is decided when the trial starts. */
  readonly backend: EngineChoice
  readonly encoder: EncoderName
  readonly pooling: Pooling
  /** Tokens of a text at most. */
  readonly maxLength: number
  /** Layers of the encoder that learn, counted from the top; 0 = a frozen encoder. */
  readonly unfreezeLayers: number | 'all'
  readonly featureWidth: number
  readonly epochs: number
  /** 0 = never stops early. */
  readonly patience: number
  readonly batchSize: number
  readonly gradientAccumulation: number
  readonly learningRate: number
  readonly weightDecay: number
  readonly adamEpsilon: number
  readonly warmupRatio: number
  /** 0 = no clipping. */
  readonly maxGradNorm: number
  readonly hidden: number
  /** Hidden layers of each head; 0 = a linear head. */
  readonly layers: number
  readonly dropout: number
  readonly schedule: 'cosine' | 'linear' | 'constant'
  readonly loss: 'focal' | 'cross_entropy'
  readonly classWeights: 'balanced' | 'none'
  readonly classWeightCap: number
  /** Class names for the log line; empty = the rarest of each task. */
  readonly watch: readonly string[]
  readonly checkpointsKept: number
  readonly calibrate: CalibrationKind
  readonly tasks: ReadonlyMap<string, TaskSettings>
  /** What was given and does nothing, to be said in the log. */
  readonly notes: readonly string[]
}

/**
 * Works out every value for this data: what is written wins over the preset, the more specific over the more general.
 *
 * @param tasks with the classes that the data has
 * @throws {ProblemsError} SETTING_VALUE with all problems of the parameters at once
 */
export function resolveSettings(params: RawParams, tasks: readonly Task[]): Settings {
  refuse([...valueProblems(params), ...nameProblems(params, tasks)])
  const preset = presetOf(params)
  const scalars = scalarSchema.parse({ ...defaults, ...scalarsOf(preset), ...scalarsOf(params) })
  return {
    data: scalars.data,
    backend: scalars.backend,
    encoder: scalars.encoder,
    pooling: scalars.pooling,
    maxLength: scalars.max_length,
    unfreezeLayers: scalars.unfreeze_layers,
    featureWidth: scalars.feature_width,
    epochs: scalars.epochs,
    patience: scalars.patience,
    batchSize: scalars.batch_size,
    gradientAccumulation: scalars.gradient_accumulation,
    learningRate: scalars.learning_rate,
    weightDecay: scalars.weight_decay,
    adamEpsilon: scalars.adam_epsilon,
    warmupRatio: scalars.warmup_ratio,
    maxGradNorm: scalars.max_grad_norm,
    hidden: scalars.hidden,
    layers: scalars.layers,
    dropout: scalars.dropout,
    schedule: scalars.schedule,
    loss: scalars.loss,
    classWeights: scalars.class_weights,
    classWeightCap: scalars.class_weight_cap,
    watch: scalars.watch,
    checkpointsKept: scalars.checkpoints_kept,
    calibrate: scalars.calibrate,
    tasks: new Map(tasks.map((task) => [task.name, taskSettings(task, tasks, params)])),
    notes: notesOf(params, tasks),
  }
}

/** What `params` say about one setting; names that this data does not have are left out. */
function placed(name: SpecificName, params: RawParams, tasks: readonly Task[]): PlacedValue[] {
  return assignmentsOf(name, params).flatMap((assignment) => {
    const read = readTarget(assignment, tasks, specificSchema[name].by)
    if (!('target' in read) || typeof assignment.value !== 'number') return []
    return [{ target: read.target, dotted: assignment.dotted, value: assignment.value }]
  })
}

function taskSettings(task: Task, tasks: readonly Task[], params: RawParams): TaskSettings {
  const preset = presetOf(params)
  const lookUp = (name: SpecificName, className?: string) =>
    mostSpecific(placed(name, params, tasks), task.name, className) ??
    mostSpecific(placed(name, preset, tasks), task.name, className) ??
    specificSchema[name].default
  return {
    gamma: lookUp('gamma'),
    labelSmoothing: lookUp('label_smoothing'),
    taskWeight: lookUp('task_weight'),
    classMultiplier: task.classes.map((name) => lookUp('class_multiplier', name)),
    boost: task.classes.map((name) => lookUp('boost', name)),
  }
}

const usesHash = ({ encoder = defaults.encoder }: RawParams) => encoder === 'hash'

/** What the preset or the person asked for and this version or this data has no use for. */
function notesOf(params: RawParams, tasks: readonly Task[]): string[] {
  const preset = presetOf(params)
  const unused = usesHash(params) ? unusedByHashEncoder.filter((name) => name in params || name in preset) : []
  const missing = nameProblems(preset, tasks).map(({ path }) => path)
  return [
    ...(unused.length > 0 ? [`Not used by the frozen hash encoder in this version: ${unused.join(', ')}.`] : []),
    ...(missing.length > 0
      ? [
          `Preset ${String(params.preset)} names tasks or classes that this data does not have; left out: ${missing.join(', ')}.`,
        ]
      : []),
  ]
}
