import { z } from 'zod'
import { augmentationDefaults, augmentationShape } from './augmentation-settings.ts'
import { ENCODINGS } from './data/byte-chunks.ts'
import { engineChoices } from './engine/engine-names.ts'
import { presets } from './presets.ts'
import { trainingDefaults, trainingShape } from './training-settings.ts'

const fraction = z.number().min(0).max(1)
const count = z.number().int().min(1)
const atLeastZero = z.number().min(0)

/** What `encoder:` may be: our own hashed n-grams, or a model by its name on Hugging Face or by its folder. */
export type EncoderName = 'hash' | `hf:${string}`

export const isEncoderName = (value: unknown) => value === 'hash' || (typeof value === 'string' && /^hf:\S/.test(value))

/**
 * One row of a text's tokens: the last layer's first token, the mean over the last layer's tokens, or the mean over the
 * tokens of the last four layers. Padding never counts; special tokens do.
 */
export const poolings = ['cls', 'mean', 'last4_mean'] as const

export type Pooling = (typeof poolings)[number]

/** How the rows are divided: a column that says train, val or test, or shares of a stratified draw. */
export const splitSchema = z.union([
  z.string(),
  z.strictObject({
    val: z.number().gt(0).lt(1).default(0.15),
    test: z.number().gt(0).lt(1).default(0.15),
    /** Apart from the trial's seed on purpose: all trials share validation and test. */
    seed: z.number().int().default(1),
  }),
])

/** `data:` of a sweep file. */
export const dataSchema = z.union([
  z.literal('quickstart'),
  z
    .strictObject({
      /** CSV, TSV or JSONL, by its ending; from the working folder when not absolute. */
      file: z.string().min(1),
      /** Column with the text. */
      text: z.string().default('text'),
      /** Column with unique ids; without it the row number is the id. */
      id: z.string().optional(),
      /** Task name to label column. */
      tasks: z.record(z.string(), z.string()).refine((tasks) => Object.keys(tasks).length > 0, 'at least one task'),
      /** Task name to class order; other labels in the file are refused. Without it, sorted as found. */
      classes: z.record(z.string(), z.array(z.string()).min(2)).optional(),
      split: splitSchema.optional(),
      /** Column of what must not be divided, such as the author: rows of one group are all in one split. */
      groupBy: z.string().optional(),
      /** What becomes of texts that are there more than once; without it `together`, or `report` where a column divides. */
      duplicates: z.enum(['report', 'together', 'drop']).optional(),
      /** Without it the file's ending says it. */
      delimiter: z.enum([',', ';', '\t', '|']).optional(),
      /** Without it UTF-8, or UTF-16 where the file begins with its mark. */
      encoding: z.enum(ENCODINGS).optional(),
      /** Texts without labels, for `pseudo_rounds`. */
      unlabelled: z.strictObject({ file: z.string().min(1), text: z.string().optional() }).optional(),
    })
    .refine(({ split, duplicates }) => typeof split !== 'string' || duplicates !== 'together', {
      path: ['duplicates'],
      message: 'together is for a split that is drawn, and split names a column; report and drop are possible',
    }),
])

export type DataSource = z.output<typeof dataSchema>

/** `temperature` changes how sure predictions are; `bias`, a threshold a class, what they name. */
export const calibrations = ['none', 'temperature', 'temperature+bias'] as const

export type CalibrationKind = (typeof calibrations)[number]

/** Parameters with one value for the whole trial. What is not given comes from the preset, then from {@link defaults}. */
export const scalarSchema = z.strictObject({
  data: dataSchema,
  preset: z.enum(Object.keys(presets) as [keyof typeof presets, ...(keyof typeof presets)[]]),
  /** Where tensors are computed; `auto` = the best that works on this machine and slot. */
  backend: z.enum(engineChoices),
  encoder: z.custom<EncoderName>(isEncoderName, 'Expected "hash", or hf: with a model or a folder'),
  /** How the numbers of a text's tokens become one row; see {@link poolings}. */
  pooling: z.enum(poolings),
  /** Tokens of a text at most, special ones included; the rest of the text is not read. */
  max_length: z.number().int().min(8).max(8192),
  /** Layers of the encoder that learn, counted from the top; 0 = none: its features are computed once. */
  unfreeze_layers: z.union([z.number().int().min(0), z.literal('all')]),
  /** Columns at most; fewer when the texts do not have as many telling n-grams. */
  feature_width: z.number().int().min(64).max(65_536),
  epochs: count.max(10_000),
  /** Epochs without a better validation macro-F1 before training stops; 0 = never stops early. */
  patience: z.number().int().min(0),
  batch_size: count,
  gradient_accumulation: count,
  learning_rate: z.number().gt(0),
  weight_decay: atLeastZero,
  /**
   * Added to the spread of the gradients. Where it is larger than that spread, rare features take smaller steps than
   * frequent ones; at 1e-8 all take the same, and a head learns the rare n-grams by heart.
   */
  adam_epsilon: z.number().gt(0),
  warmup_ratio: fraction,
  /** 0 = no clipping. */
  max_grad_norm: atLeastZero,
  hidden: count,
  /** Hidden layers of each head; 0 = a linear head. */
  layers: z.number().int().min(0).max(8),
  dropout: z.number().min(0).lt(1),
  class_weights: z.enum(['balanced', 'none']),
  class_weight_cap: z.number().gt(0),
  /** Classes that every epoch's log line shows; without it the rarest class of each task. */
  watch: z.array(z.string()),
  /** The last ones; the best one is always kept. */
  checkpoints_kept: count,
  /** What is fitted on validation after training, and applied where it helps out of fold. */
  calibrate: z.enum(calibrations),
  /** The same by its name in Hugging Face's TrainingArguments. */
  save_total_limit: count.optional(),
  ...trainingShape,
  /** Compute each layer of a learning encoder again on the way back: less memory, more time, the same gradients. */
  gradient_checkpointing: z.boolean(),
  ...augmentationShape,
})

export type ScalarName = keyof typeof scalarSchema.shape

/** Parameters that may be one number for all, or differ by task (or by class), and what each number may be. */
export const specificSchema = {
  gamma: { by: 'task', value: atLeastZero, default: 0 },
  dice_alpha: { by: 'task', value: atLeastZero, default: 0.01 },
  label_smoothing: { by: 'task', value: z.number().min(0).lt(1), default: 0 },
  task_weight: { by: 'task', value: atLeastZero, default: 1 },
  stages: { by: 'task', value: count, default: 1 },
  class_multiplier: { by: 'class', value: z.number().gt(0), default: 1 },
  boost: { by: 'class', value: z.number().gt(0), default: 1 },
  augment_copies: { by: 'class', value: z.number().min(0).max(100), default: 0 },
  synthetic_share: { by: 'class', value: fraction, default: 1 },
} as const satisfies Record<string, { by: 'task' | 'class'; value: z.ZodNumber; default: number }>

export type SpecificName = keyof typeof specificSchema

/** What only a fine-tuned encoder can use; given values are kept and the trial says that they do nothing. */
export const unusedByHashEncoder: readonly ScalarName[] = [
  'pooling',
  'max_length',
  'unfreeze_layers',
  'layerwise_lr_decay',
  'gradient_checkpointing',
]

/**
 * For heads trained from nothing on hashed features. The optimizer's values were chosen by cross-validation over the
 * training and validation rows of the quickstart data; batch size and feature width also with an eye on two other
 * splits of it, whose validation rows are in part test rows of the shipped split.
 */
export const defaults = {
  preset: 'none',
  backend: 'wasm',
  encoder: 'hash',
  pooling: 'mean',
  max_length: 128,
  unfreeze_layers: 0,
  gradient_checkpointing: false,
  feature_width: 12_288,
  epochs: 12,
  patience: 6,
  batch_size: 64,
  gradient_accumulation: 1,
  learning_rate: 0.3,
  weight_decay: 0.01,
  adam_epsilon: 0.01,
  warmup_ratio: 0.1,
  max_grad_norm: 1,
  hidden: 128,
  layers: 0,
  dropout: 0.1,
  class_weights: 'balanced',
  class_weight_cap: 10,
  watch: [],
  checkpoints_kept: 1,
  ...trainingDefaults,
  calibrate: 'temperature+bias',
  ...augmentationDefaults,
} as const satisfies { readonly [name in ScalarName]?: unknown }

/**
 * What differs from {@link defaults} where the features are a model's: they are dense and of about one size, so that
 * the steps for rare n-grams would be far too large.
 *
 * @source learning rate and batch of fine-tuning: Devlin et al. 2019, "BERT", appendix A.3, which tried 2e-5, 3e-5 and 5e-5
 */
export const modelDefaults = {
  frozen: { learning_rate: 1e-3, adam_epsilon: 1e-8 },
  'fine-tuned': { learning_rate: 2e-5, adam_epsilon: 1e-8, batch_size: 16 },
} as const satisfies Record<string, { readonly [name in ScalarName]?: unknown }>
