// Key: N texts, C classes of the task.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SweepError, UserError } from '../../base/errors.ts'
import { parseObject } from '../../base/ndjson.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import { CALIBRATION_FILE, type CalibrationFile } from '../../protocol/calibration-file.ts'
import type { TaskPredictions } from '../../protocol/predictions.ts'
import { readPredictionsSync } from '../../protocol/predictions-file.ts'
import { decodeSafetensors } from '../../protocol/safetensors.ts'
import { loadTexts } from '../data/load-texts.ts'
import type { EncoderListener } from '../features/encoder.ts'
import { type DataSource, dataSchema } from '../settings-schema.ts'
import { type EncoderSharing, type TrainedModel, trainedModel } from '../trained-model.ts'
import { probabilitiesOf } from '../training/evaluate.ts'

/** A trial that predicts: its weights are there, trained, and give what they gave. */
export interface Member {
  readonly name: string
  readonly folder: string
  /** SHA-256 of the weights file. */
  readonly sha256: string
  readonly data: DataSource
  readonly model: TrainedModel
}

/** Rows that are predicted again to see whether the weights still give what they gave. */
const CHECKED_ROWS = 64
/** Another machine or backend adds up in another order. */
const TOLERANCE = 1e-3

/**
 * Opens a trial for prediction. Its file is compared with the hash that training wrote, and validation rows are predicted
 * again where their texts are still to be had.
 *
 * @throws {UserError} WEIGHTS_MISSING, WEIGHTS_UNTRAINED, WEIGHTS_CHANGED, WEIGHTS_NOT_OURS, SAFETENSORS, and
 *   WEIGHTS_NOT_REPRODUCED
 */
export async function openMember(
  { name, folder }: { readonly name: string; readonly folder: string },
  listener: EncoderListener,
  sharing: EncoderSharing,
): Promise<Member> {
  const path = join(folder, TRIAL_FILES.weights)
  if (!existsSync(path)) refuse('WEIGHTS_MISSING', `${name} has no weights at ${path}.`)
  const content = readFileSync(path)
  const file = decodeSafetensors(content, path)
  if (file.metadata.trained !== 'true') {
    refuse('WEIGHTS_UNTRAINED', `${path} does not say that it was trained, so what it predicts means nothing.`)
  }
  const sha256 = createHash('sha256').update(content).digest('hex')
  const known = detailOf(folder, 'weights.json')
  if (known?.sha256 !== sha256) {
    const expected =
      typeof known?.sha256 === 'string' ? `training wrote ${known.sha256}` : 'details/weights.json is gone'
    refuse(
      'WEIGHTS_CHANGED',
      `${path} is not the file that was verified after training: it has ${sha256}, ${expected}.`,
    )
  }
  const data = dataSchema.parse(detailOf(folder, 'settings.json')?.data)
  const member = { name, folder, sha256, data, model: await trainedModel(file, listener, sharing) }
  await checkReproduces(member, String(file.metadata.data_hash), listener)
  return member
}

/** What is stored beside the weights, for these very weights; undefined when the trial was not calibrated. */
export function calibrationOf({ folder, name, sha256 }: Member): CalibrationFile | undefined {
  const file = detailOf(folder, CALIBRATION_FILE) as CalibrationFile | undefined
  if (file === undefined) return undefined
  if (file.format === 1 && file.weights === sha256) return file
  return refuse('WEIGHTS_CHANGED', `details/${CALIBRATION_FILE} of ${name} was made for other weights.`)
}

/** The backend that the trial asked for in training. */
export function backendOf(folder: string): string {
  return String(detailOf(folder, 'settings.json')?.backend ?? 'wasm')
}

const texts = new Map<string, ReadonlyMap<string, string> | string>()

/** Texts by id, or in words why they are not to be had. Members of an ensemble share them. */
function validationTexts(data: DataSource, hash: string): ReadonlyMap<string, string> | string {
  const key = JSON.stringify([data, hash])
  const found = texts.get(key) ?? loaded(data, hash)
  texts.set(key, found)
  return found
}

function loaded(data: DataSource, hash: string): ReadonlyMap<string, string> | string {
  try {
    const known = loadTexts(data)
    if (known.hash !== hash) return 'the data have changed since training'
    return new Map(Array.from(known.splits.val, (row) => [known.ids[row] as string, known.texts[row] as string]))
  } catch (error) {
    if (error instanceof SweepError) return 'the data of the training cannot be read any more'
    throw error
  }
}

async function checkReproduces({ name, folder, data, model }: Member, hash: string, listener: EncoderListener) {
  const stored = readPredictionsSync(join(folder, TRIAL_FILES.predictions)).filter(({ split }) => split === 'val')
  const textOf = validationTexts(data, hash)
  if (typeof textOf === 'string' || stored.length === 0) {
    const why = typeof textOf === 'string' ? textOf : 'it has no stored predictions'
    listener.note('info', `${name}: only the hash of the weights was checked, because ${why}.`)
    return
  }
  const ids = (stored[0] as TaskPredictions).ids.slice(0, CHECKED_ROWS).filter((id) => textOf.has(id))
  const logits = await model.logits(ids.map((id) => textOf.get(id) as string))
  for (const one of stored) {
    const C = one.classes.length
    const again_NC = probabilitiesOf(logits.get(one.task) ?? new Float32Array(ids.length * C), C)
    const away = furthest(ids, again_NC, one)
    if (away <= TOLERANCE) continue
    refuse(
      'WEIGHTS_NOT_REPRODUCED',
      `${name} predicts ${one.task} of its validation rows otherwise than after training (by up to ${away.toFixed(4)}).`,
    )
  }
}

function furthest(ids: readonly string[], again_NC: Float32Array, stored: TaskPredictions): number {
  const C = stored.classes.length
  const place = new Map(stored.ids.map((id, n) => [id, n]))
  return ids.reduce((most, id, n) => {
    const row = place.get(id)
    if (row === undefined) return most
    const gaps = stored.classes.map((_, c) =>
      Math.abs((again_NC[n * C + c] as number) - (stored.probabilities[row * C + c] as number)),
    )
    return Math.max(most, ...gaps)
  }, 0)
}

function detailOf(folder: string, name: string): Record<string, unknown> | undefined {
  const path = join(folder, TRIAL_FILES.details, name)
  return existsSync(path) ? parseObject(readFileSync(path, 'utf8')) : undefined
}

function refuse(
  code: 'WEIGHTS_MISSING' | 'WEIGHTS_UNTRAINED' | 'WEIGHTS_CHANGED' | 'WEIGHTS_NOT_REPRODUCED',
  message: string,
): never {
  throw new UserError(`${message} Nothing was predicted.`, {
    code,
    suggestions: ['predict with another trial of the sweep', 'train this one again: sweep resume, or sweep train'],
  })
}
