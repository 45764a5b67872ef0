import {
  type AugmentationSettings,
  augmentationProblems,
  augmentationSettings,
  idleAugmentation,
} from './augmentation-settings.ts'
import { nameProblems, presetOf, refuse, scalarsOf, taskNameProblems, valueProblems } from './check-settings.ts'
import { knownTasks } from './data/known-tasks.ts'
import type { Task } from './dataset.ts'
import type { EngineChoice } from './engine/engine-names.ts'
import { trialMetrics } from './metric-names.ts'
import {
  type CalibrationKind,
  type DataSource,
  dataSchema,
  defaults,
  type EncoderName,
  modelDefaults,
  type Pooling,
  type SpecificName,
  scalarSchema,
  specificSchema,
  unusedByHashEncoder,
} from './settings-schema.ts'
import { assignmentsOf, mostSpecific, type PlacedValue, readTarget, type SettingProblem } from './specific-values.ts'
import { trainingProblems } from './training-problems.ts'
import { type TrainingSettings, trainingSettings } from './training-settings.ts'

export { dataOf, settingNames } from './check-settings.ts'
export type { DataSource } from './settings-schema.ts'
export type { SettingProblem } from './specific-values.ts'

/** Parameters as they come from a sweep file: unchecked. */
export type RawParams = Readonly<Record<string, unknown>>

/** Key: C classes of the task, in the task's order. */
export interface TaskSettings {
  /** Focusing parameter of the focal loss; 0 = plain cross-entropy. */
  readonly gamma: number
  /** How much less the Dice loss counts what is already sure. */
  readonly diceAlpha: number
  /** Share of the probability that is spread over all classes. */
  readonly labelSmoothing: number
  /** The task's factor in the sum of the losses. */
  readonly taskWeight: number
  /** Epoch in which the task's training begins, 1 = at once. */
  readonly startEpoch: number
  /** C factors on the base class weights, before the cap. */
  readonly classMultiplier: readonly number[]
  /** C factors on a row's chance to be drawn. */
  readonly boost: readonly number[]
  /** C, altered copies of each training row. */
  readonly copies: readonly number[]
  /** C, which part of the gap to the largest class synthetic rows fill. */
  readonly syntheticShare: readonly number[]
}

/** All parameters of one trial with every default, preset and name resolved. */
export interface Settings extends TrainingSettings, AugmentationSettings {
  readonly data: DataSource
  /** Where tensors are computed, as asked for; `auto` is decided when the trial starts. */
  readonly backend: EngineChoice
  readonly encoder: EncoderName
  readonly pooling: Pooling
  /** Tokens of a text at most. */
  readonly maxLength: number
  /** Layers of the encoder that learn, counted from the top; 0 = a frozen encoder. */
  readonly unfreezeLayers: number | 'all'
  readonly gradientCheckpointing: boolean
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
  refuse([...valueProblems(params), ...nameProblems(params, tasks), ...problemsTogether(params, tasks)])
  const preset = presetOf(params)
  const scalars = scalarSchema.parse({
    ...defaultsFor({ ...preset, ...params }),
    ...scalarsOf(preset),
    ...scalarsOf(params),
  })
  return {
    data: scalars.data,
    backend: scalars.backend,
    encoder: scalars.encoder,
    pooling: scalars.pooling,
    maxLength: scalars.max_length,
    unfreezeLayers: scalars.unfreeze_layers,
    gradientCheckpointing: scalars.gradient_checkpointing,
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
    ...trainingSettings(scalars),
    classWeights: scalars.class_weights,
    classWeightCap: scalars.class_weight_cap,
    watch: scalars.watch,
    checkpointsKept: scalars.save_total_limit ?? scalars.checkpoints_kept,
    calibrate: scalars.calibrate,
    ...augmentationSettings(scalars),
    tasks: new Map(tasks.map((task) => [task.name, taskSettings(task, tasks, params)])),
    notes: notesOf(params, tasks),
  }
}

/**
 * What is wrong with these parameters, as far as it can be known without reading all of the data: names and values of
 * parameters, data file and columns, and the names of tasks (and of classes where they are configured).
 */
export function checkSettings(params: RawParams): SettingProblem[] {
  const found = valueProblems(params)
  const data = dataSchema.safeParse(params.data)
  if (!data.success) return found
  const known = knownTasks(data.data)
  if ('problems' in known) return [...found, ...known.problems]
  if (!known.complete) return [...found, ...taskNameProblems(params, known.tasks)]
  return [...found, ...nameProblems(params, known.tasks), ...problemsTogether(params, known.tasks)]
}

/** What is known of the data before any trial runs. */
export interface KnownData {
  /** Metrics that a trial may report; undefined when not all classes are known. */
  readonly metrics?: readonly string[]
  /** What the person should know of the data. */
  readonly notes: readonly string[]
}

/** @returns nothing to know when the data is missing or wrong, which {@link checkSettings} says */
export function knownData(params: RawParams): KnownData {
  const data = dataSchema.safeParse(params.data)
  const known = data.success ? knownTasks(data.data) : { problems: [] }
  if ('problems' in known) return { notes: [] }
  return { notes: known.notes, ...(known.complete && { metrics: trialMetrics(known.tasks) }) }
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
    diceAlpha: lookUp('dice_alpha'),
    labelSmoothing: lookUp('label_smoothing'),
    taskWeight: lookUp('task_weight'),
    startEpoch: lookUp('stages'),
    classMultiplier: task.classes.map((name) => lookUp('class_multiplier', name)),
    boost: task.classes.map((name) => lookUp('boost', name)),
    copies: task.classes.map((name) => lookUp('augment_copies', name)),
    syntheticShare: task.classes.map((name) => lookUp('synthetic_share', name)),
  }
}

/** What is wrong with parameters of the training that are each right alone. */
function problemsTogether(params: RawParams, tasks: readonly Task[]): SettingProblem[] {
  const { epochs, monitor, cascade } = { ...presetOf(params), ...params }
  const startEpochs = new Map(tasks.map((task) => [task.name, taskSettings(task, tasks, params).startEpoch]))
  return [
    ...trainingProblems({ epochs, monitor, cascade, startEpochs }, tasks),
    ...augmentationProblems({ ...defaults, ...presetOf(params), ...params }, mostCopies(params, tasks)),
  ]
}

const mostCopies = (params: RawParams, tasks: readonly Task[]): number =>
  Math.max(0, ...tasks.flatMap((task) => taskSettings(task, tasks, params).copies))

/** The defaults for the encoder that these parameters name. */
function defaultsFor(params: RawParams): RawParams {
  if (usesHash(params)) return defaults
  const { unfreeze_layers: unfrozen = defaults.unfreeze_layers } = params
  return { ...defaults, ...modelDefaults[unfrozen === 0 ? 'frozen' : 'fine-tuned'] }
}

const usesHash = ({ encoder = defaults.encoder }: RawParams) => encoder === 'hash'

/** What the preset or the person asked for and this version or this data has no use for. */
function notesOf(params: RawParams, tasks: readonly Task[]): string[] {
  const preset = presetOf(params)
  const unused = usesHash(params) ? unusedByHashEncoder.filter((name) => name in params || name in preset) : []
  const missing = nameProblems(preset, tasks).map(({ path }) => path)
  const given = { ...defaults, ...preset, ...params }
  const idle = [...withoutEffect(given), ...idleAugmentation(given, mostCopies(params, tasks))]
  return [
    ...idle,
    ...(unused.length > 0 ? [`Not used by the frozen hash encoder in this version: ${unused.join(', ')}.`] : []),
    ...(missing.length > 0
      ? [
          `Preset ${String(params.preset)} names tasks or classes that this data does not have; left out: ${missing.join(', ')}.`,
        ]
      : []),
  ]
}

/** Knobs of the training that are set to something and do nothing beside the others. */
function withoutEffect(params: RawParams): string[] {
  const masks = Number(params.dropout) > 0 && (Number(params.layers) > 0 || params.unfreeze_layers !== 0)
  return [
    ...(Number(params.rdrop_alpha) > 0 && !masks
      ? ['rdrop_alpha does nothing without dropout, and linear heads (layers: 0) on fixed features have none.']
      : []),
    ...(params.loss !== 'focal' && params.gamma !== undefined
      ? [`gamma is of the focal loss; loss is ${String(params.loss)}.`]
      : []),
    ...(params.save_total_limit !== undefined && params.checkpoints_kept !== defaults.checkpoints_kept
      ? ['save_total_limit is another name of checkpoints_kept and wins over it.']
      : []),
  ]
}
