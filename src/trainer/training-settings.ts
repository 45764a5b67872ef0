import { z } from 'zod'

const count = z.number().int().min(1)
const atLeastZero = z.number().min(0)
const fraction = z.number().min(0).max(1)

/** Knobs of the training loop beyond the optimizer's: names as a person types them. Sources are in docs/trainer.md. */
export const trainingShape = {
  activation: z.enum(['relu', 'gelu', 'tanh']),
  /** Layer normalization before the activation of each hidden layer. */
  layer_norm: z.boolean(),
  schedule: z.enum(['cosine', 'linear', 'constant', 'reduce_on_plateau']),
  /** What the learning rate is multiplied by when validation has stopped improving. */
  plateau_factor: z.number().gt(0).lt(1),
  /** Epochs without improvement that are borne before that. */
  plateau_patience: z.number().int().min(0),
  loss: z.enum(['focal', 'cross_entropy', 'dice']),
  task_weighting: z.enum(['fixed', 'uncertainty', 'difficulty']),
  /** By how much more a task counts that is still far from solved; 0 = only by -ln of its figure. */
  difficulty_focus: atLeastZero,
  /** Share that the newest figure of a task has in its running mean. */
  difficulty_memory: z.number().gt(0).max(1),
  rdrop_alpha: atLeastZero,
  /** Epochs at the beginning without it. */
  rdrop_warmup_epochs: z.number().int().min(0),
  /** Factor on the learning rate for each layer further from the heads; only of an encoder that learns. */
  layerwise_lr_decay: z.number().gt(0).max(1),
  head_lr_multiplier: z.number().gt(0),
  /** Metric that decides on the best epoch, early stopping and plateaus: one of those that each epoch reports. */
  monitor: z.string(),
  /** What an improvement must be larger than to count for patience. */
  min_delta: atLeastZero,
  /** Decay of the running mean of the weights, which is then what is judged and saved; 0 = none. */
  ema_decay: z.number().min(0).lt(1),
  curriculum: z.enum(['none', 'linear', 'root']),
  /** Share of the rows, the easiest, that the first epoch sees. */
  curriculum_start: z.number().gt(0).max(1),
  /** Share of the epochs after which all rows are seen. */
  curriculum_share: fraction,
  /** Epochs of the first model, which tells how hard rows are. */
  curriculum_first_epochs: count,
  /** Task name to the class that a first head tells from the rest, which a second head tells apart. */
  cascade: z.union([z.literal('none'), z.record(z.string(), z.string())]),
}

/** Settings of {@link trainingShape} that change nothing. */
export const trainingDefaults = {
  activation: 'relu',
  layer_norm: false,
  schedule: 'cosine',
  plateau_factor: 0.5,
  plateau_patience: 1,
  loss: 'focal',
  task_weighting: 'fixed',
  difficulty_focus: 1,
  difficulty_memory: 0.5,
  rdrop_alpha: 0,
  rdrop_warmup_epochs: 0,
  layerwise_lr_decay: 1,
  head_lr_multiplier: 1,
  monitor: 'val/macro_f1',
  min_delta: 0,
  ema_decay: 0,
  curriculum: 'none',
  curriculum_start: 0.4,
  curriculum_share: 0.5,
  curriculum_first_epochs: 2,
  cascade: 'none',
} as const satisfies Record<keyof typeof trainingShape, unknown>

type TrainingScalars = z.output<z.ZodObject<typeof trainingShape>>

/** {@link trainingShape} as the trainer uses it. */
export interface TrainingSettings {
  readonly activation: TrainingScalars['activation']
  readonly layerNorm: boolean
  readonly schedule: TrainingScalars['schedule']
  readonly plateauFactor: number
  readonly plateauPatience: number
  readonly loss: TrainingScalars['loss']
  readonly taskWeighting: TrainingScalars['task_weighting']
  readonly difficultyFocus: number
  readonly difficultyMemory: number
  readonly rdropAlpha: number
  readonly rdropWarmupEpochs: number
  readonly layerwiseLrDecay: number
  readonly headLrMultiplier: number
  readonly monitor: string
  readonly minDelta: number
  readonly emaDecay: number
  readonly curriculum: TrainingScalars['curriculum']
  readonly curriculumStart: number
  readonly curriculumShare: number
  readonly curriculumFirstEpochs: number
  /** Task name to class name. */
  readonly cascade: Readonly<Record<string, string>>
}

export function trainingSettings(scalars: TrainingScalars): TrainingSettings {
  return {
    activation: scalars.activation,
    layerNorm: scalars.layer_norm,
    schedule: scalars.schedule,
    plateauFactor: scalars.plateau_factor,
    plateauPatience: scalars.plateau_patience,
    loss: scalars.loss,
    taskWeighting: scalars.task_weighting,
    difficultyFocus: scalars.difficulty_focus,
    difficultyMemory: scalars.difficulty_memory,
    rdropAlpha: scalars.rdrop_alpha,
    rdropWarmupEpochs: scalars.rdrop_warmup_epochs,
    layerwiseLrDecay: scalars.layerwise_lr_decay,
    headLrMultiplier: scalars.head_lr_multiplier,
    monitor: scalars.monitor,
    minDelta: scalars.min_delta,
    emaDecay: scalars.ema_decay,
    curriculum: scalars.curriculum,
    curriculumStart: scalars.curriculum_start,
    curriculumShare: scalars.curriculum_share,
    curriculumFirstEpochs: scalars.curriculum_first_epochs,
    cascade: scalars.cascade === 'none' ? {} : scalars.cascade,
  }
}
