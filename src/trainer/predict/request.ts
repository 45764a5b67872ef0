import { z } from 'zod'

const calibration = z.object({ temperature: z.number().gt(0), bias: z.array(z.number()) })

/** What `main.js predict` is asked for, as JSON on its stdin. Paths are absolute. */
export const predictionRequestSchema = z.strictObject({
  /** Trained trials, each with the name that messages call it by. */
  members: z.array(z.strictObject({ name: z.string(), folder: z.string() })).min(1),
  /** By task a weight a member, or the median; absent with one member. */
  combine: z.union([z.literal('median'), z.record(z.string(), z.array(z.number()))]).optional(),
  /** `own`: what is stored beside the weights of the only member; otherwise by task. */
  calibration: z.union([z.enum(['own', 'none']), z.record(z.string(), calibration)]),
  input: z.strictObject({
    file: z.string(),
    /** Columns; absent = as in training. */
    text: z.string().optional(),
    id: z.string().optional(),
    delimiter: z.enum([',', ';', '\t', '|']).optional(),
  }),
  output: z.strictObject({
    /** Absent = stdout. */
    file: z.string().optional(),
    format: z.enum(['csv', 'tsv', 'jsonl']),
    /** The columns of the input come first. */
    keep: z.boolean(),
  }),
  backend: z.string().optional(),
})

export type PredictionRequest = z.output<typeof predictionRequestSchema>

/** What the process says while it works, as messages to whoever started it. */
export type PredictionEvent =
  /** Weights are verified; predicting begins. */
  | { readonly event: 'ready'; readonly tasks: readonly string[]; readonly calibrated: readonly string[] }
  /** `fraction` of the input's bytes. */
  | { readonly event: 'progress'; readonly rows: number; readonly unreadable: number; readonly fraction: number }
  /** A row that could not be read; it has a line in the output all the same. */
  | { readonly event: 'unreadable'; readonly line: number; readonly message: string }
  | { readonly event: 'note'; readonly level: 'info' | 'warn'; readonly text: string }
  | { readonly event: 'done'; readonly rows: number; readonly unreadable: number }
  | {
      readonly event: 'error'
      readonly code: string
      readonly message: string
      readonly exitCode: number
      readonly suggestions: readonly string[]
    }
