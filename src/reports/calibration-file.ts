import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { parseObject } from '../base/ndjson.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { CALIBRATION_FILE } from '../protocol/calibration-file.ts'

const bin = z.object({
  from: z.number(),
  to: z.number(),
  rows: z.number(),
  confidence: z.number().nullable(),
  accuracy: z.number().nullable(),
})
const figures = z.object({ logLoss: z.number(), ece: z.number(), macroF1: z.number(), bins: z.array(bin) })
const change = z.object({ before: figures, after: figures })
const task = z.object({
  temperature: z.object({ fitted: z.number(), applied: z.boolean(), reason: z.string() }),
  bias: z.object({ applied: z.boolean(), reason: z.string() }).optional(),
  validation: change,
  test: change.optional(),
})

/** The part of a trial's calibration.json that a report shows. */
const file = z.object({ format: z.literal(1), folds: z.number(), tasks: z.record(z.string(), task) })

export type TrialCalibration = z.output<typeof file>
export type TaskCalibration = z.output<typeof task>
export type CalibrationFigures = z.output<typeof figures>
export type ReliabilityBin = z.output<typeof bin>

/** @returns undefined when a trial was not calibrated, or by a release that this one does not know */
export function readCalibration(folder: string): TrialCalibration | undefined {
  try {
    const content = readFileSync(join(folder, TRIAL_FILES.details, CALIBRATION_FILE), 'utf8')
    return file.safeParse(parseObject(content)).data
  } catch {
    return undefined
  }
}
