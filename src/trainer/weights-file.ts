import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { TrialFailure } from '../base/errors.ts'
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsArray,
  type SafetensorsContent,
} from '../protocol/safetensors.ts'
import { dispose } from './engine/tf.ts'
import type { EncoderArray, EncoderFacts, EncoderListener } from './features/encoder.ts'
import { encoderSource } from './features/index.ts'
import { featureRows } from './model/feature-rows.ts'
import type { NamedArrays } from './model/parameters.ts'
import type { PreparedTrial } from './prepare-trial.ts'
import { type Evaluation, evaluate, logitsOfRows } from './training/evaluate.ts'
import { modelWeights, parametersOfAll } from './training/learner.ts'

export interface WrittenWeights {
  /** Of the file as it lies on disk. */
  readonly sha256: string
  readonly bytes: number
}

/** Writes the weights and what the encoder learned, all or nothing. `metadata` goes into the file's header. */
export function writeWeights(
  path: string,
  weights: NamedArrays,
  about: { readonly trial: PreparedTrial; readonly metadata: Readonly<Record<string, string>> },
): void {
  const { encoder } = about.trial
  const arrays = new Map<string, SafetensorsArray>()
  for (const [name, values] of encoder.state) arrays.set(name, { shape: [values.length], values })
  for (const { name, shape } of parametersOfAll(about.trial)) {
    arrays.set(name, { shape, values: weights.get(name) as Float32Array })
  }
  const metadata = { ...about.metadata, encoder: JSON.stringify(encoder.facts) }
  writeFileAtomic(path, encodeSafetensors(arrays, metadata))
}

/**
 * Reads the file again and predicts the validation texts from what it holds and from nothing else, so that nothing
 * downstream ever uses weights that are not the trained ones. (A whole night was once calibrated on weights that had
 * not been found.)
 *
 * @param about `expected`: what the weights gave in training; every figure must come out the same to the last bit
 * @throws {TrialFailure} WEIGHTS_NOT_REPRODUCED
 */
export async function verifyWeights(
  path: string,
  about: { readonly expected: Evaluation; readonly trial: PreparedTrial; readonly listener: EncoderListener },
): Promise<WrittenWeights> {
  const { expected, trial, listener } = about
  const content = readFileSync(path)
  const file = decodeSafetensors(content, path)
  const found = await evaluationOf(file, trial, listener)
  if (found.macroF1 !== expected.macroF1 || found.loss !== expected.loss || file.metadata.trained !== 'true') {
    throw new TrialFailure(
      `${path} does not hold the trained weights: read again, they give val/macro_f1 ${found.macroF1} and ` +
        `val/loss ${found.loss}; training had ${expected.macroF1} and ${expected.loss}. The trial does not count.`,
      { code: 'WEIGHTS_NOT_REPRODUCED', suggestions: ['Check the disk, then retry the trial.'] },
    )
  }
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length }
}

async function evaluationOf(
  { tensors, metadata }: SafetensorsContent,
  trial: PreparedTrial,
  listener: EncoderListener,
): Promise<Evaluation> {
  const { plans, settings, dataset, texts } = trial
  const rows_N = dataset.splits.val
  const arrays = new Map([...tensors].map(([name, { values }]) => [name, values as EncoderArray]))
  const facts = JSON.parse(metadata.encoder ?? '{}') as EncoderFacts
  const encoder = await encoderSource(settings.encoder).restore(arrays, facts, listener)
  const features_ND = await encoder.encode(Array.from(rows_N, (row) => texts[row] as string))
  const weights = modelWeights(trial, arrays as ReadonlyMap<string, Float32Array>)
  const body = featureRows(features_ND, dataset.width, trial.features.kind)
  const ofFile = { body, plans, rows_N: rows_N.map((_, n) => n) }
  const logits = await logitsOfRows(weights, ofFile)
  dispose([...weights.values()])
  return evaluate(logits, plans, rows_N)
}
