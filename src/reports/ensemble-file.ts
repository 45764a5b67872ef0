import { z } from 'zod'

const estimate = z.object({
  inSample: z.number(),
  honest: z.number(),
  optimism: z.number(),
  test: z.number().optional(),
})
const calibration = z.object({ logLoss: z.number(), ece: z.number(), macroF1: z.number().optional() })
const change = z.object({ before: calibration, after: calibration })

const task = estimate.extend({
  weights: z.array(z.number()).optional(),
  temperature: z.number(),
  /** Added to the log-probabilities; absent in files of releases before calibration had it. */
  bias: z.array(z.number()).optional(),
  /** What of both is applied. */
  applied: z.object({ temperature: z.boolean(), bias: z.boolean() }).optional(),
  calibration: z.object({ validation: change, test: change.optional() }),
})

const method = estimate.extend({
  method: z.string(),
  summary: z.string(),
  members: z.array(z.number()),
  tasks: z.record(z.string(), task),
})

/** The part of ensemble.json that a report shows; format 1, unknown fields are left alone. */
const file = z.object({
  format: z.literal(1),
  tasks: z.array(z.string()),
  classes: z.record(z.string(), z.array(z.string())),
  rows: z.object({ validation: z.number(), test: z.number().optional() }),
  folds: z.number(),
  pool: z.array(z.number()),
  chosen: z.string(),
  methods: z.array(method),
  single: z.object({
    best: estimate.extend({ trial: z.number() }),
    mean: z.object({ validation: z.number(), test: z.number().optional() }),
  }),
})

export type EnsembleFile = z.output<typeof file>
export type EnsembleMethodResult = z.output<typeof method>
export type CalibrationChange = z.output<typeof change>

/** @returns undefined when it is not an ensemble.json that this release knows */
export function readEnsemble(content: unknown): EnsembleFile | undefined {
  const parsed = file.safeParse(content)
  return parsed.success ? parsed.data : undefined
}

/** The method that was chosen; undefined when the file names one that it does not have. */
export function chosenMethod(ensemble: EnsembleFile): EnsembleMethodResult | undefined {
  return ensemble.methods.find(({ method: name }) => name === ensemble.chosen)
}
