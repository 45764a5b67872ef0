import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { TrialFailure } from '../base/errors.ts'
import {
  readSafetensors,
  type SafetensorsArray,
  type SafetensorsContent,
  safetensorsParts,
} from '../protocol/safetensors.ts'
import type { EncoderListener } from './features/encoder.ts'
import type { NamedArrays } from './model/parameters.ts'
import type { PreparedTrial } from './prepare-trial.ts'
import { modelFacts, trainedModel } from './trained-model.ts'
import { type Evaluation, evaluate } from './training/evaluate.ts'
import { parametersOfAll } from './training/learner-state.ts'

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
    const values = weights.get(name) ?? about.trial.body.start?.get(name)
    arrays.set(name, { shape, values: values as Float32Array })
  }
  const metadata = { ...about.metadata, ...modelFacts(about.trial) }
  writeFileAtomic(path, safetensorsParts(arrays, metadata))
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
  const file = readSafetensors(path, () => true)
  const found = await evaluationOf(file, trial, listener)
  if (found.macroF1 !== expected.macroF1 || found.loss !== expected.loss || file.metadata.trained !== 'true') {
    throw new TrialFailure(
      `${path} does not hold the trained weights: read again, they give val/macro_f1 ${found.macroF1} and ` +
        `val/loss ${found.loss}; training had ${expected.macroF1} and ${expected.loss}. The trial does not count.`,
      { code: 'WEIGHTS_NOT_REPRODUCED', suggestions: ['Check the disk, then retry the trial.'] },
    )
  }
  return writtenFile(path)
}

async function writtenFile(path: string): Promise<WrittenWeights> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { sha256: hash.digest('hex'), bytes }
}

async function evaluationOf(
  file: SafetensorsContent,
  trial: PreparedTrial,
  listener: EncoderListener,
): Promise<Evaluation> {
  const { plans, dataset, texts } = trial
  const rows_N = dataset.splits.val
  const model = await trainedModel(file, listener)
  try {
    const logits = await model.logits(Array.from(rows_N, (row) => texts[row] as string))
    return evaluate(logits, plans, rows_N)
  } finally {
    model.dispose()
  }
}
