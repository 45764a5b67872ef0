// Key: N rows of one split, C classes of the task.
import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import { releaseVersion } from '../../base/package-folder.ts'
import { rngFor } from '../../base/rng.ts'
import type { CalibrationFile } from '../../protocol/calibration-file.ts'
import type { TaskPredictions } from '../../protocol/predictions.ts'
import { accuracy, argmaxRows, confusion, macroF1, perClass } from '../../statistics/classification.ts'
import { bootstrapFigures } from '../../statistics/count-bootstrap.ts'
import type { Interval } from '../../statistics/intervals.ts'
import type { Dataset } from '../dataset.ts'
import type { PreparedTrial } from '../prepare-trial.ts'
import { classCounts } from '../training/class-weights.ts'

export interface ClassCard {
  readonly class: string
  readonly precision: number
  readonly recall: number
  readonly f1: Interval
  readonly support: number
}

export interface TaskCard {
  readonly task: string
  readonly macroF1: Interval
  readonly accuracy: Interval
  readonly classes: readonly ClassCard[]
}

/** Everything that was measured of a trained model; nothing else. */
export interface ModelCard {
  readonly format: 1
  /** `gamma-grid.1/3`, or the name of the folder where it is not a sweep's. */
  readonly name: string
  readonly versions: Readonly<Record<string, string>>
  readonly data: {
    readonly source: unknown
    readonly sha256: string
    /** Task, class, and rows of it in each split. */
    readonly rows: readonly {
      readonly task: string
      readonly class: string
      readonly [split: string]: string | number
    }[]
  }
  readonly model: {
    readonly encoder: string
    readonly encoderFacts: Readonly<Record<string, unknown>>
    /** Of what the encoder learned from the training texts; of no bytes where it learned nothing. */
    readonly encoderSha256: string
    readonly weights: { readonly sha256: string; readonly bytes: number }
    readonly heads: readonly object[]
  }
  readonly seed: number
  readonly training: { readonly bestEpoch: number; readonly stoppedEpoch: number; readonly steps: number }
  readonly configuration: object
  /** 95 %, over rows; they say nothing of other seeds. */
  readonly figures: { readonly validation: readonly TaskCard[]; readonly test: readonly TaskCard[] }
  readonly calibration?: CalibrationFile
}

export interface CardInput {
  readonly trial: PreparedTrial
  readonly trialDir: string
  readonly seed: number
  readonly weights: { readonly sha256: string; readonly bytes: number }
  readonly training: ModelCard['training']
  readonly configuration: object
  readonly validation: readonly TaskPredictions[]
  readonly test: readonly TaskPredictions[]
  readonly calibration: CalibrationFile | undefined
}

/** Puts the facts together; the same trial gives the same card. */
export function modelCard({ trial, trialDir, ...input }: CardInput): ModelCard {
  const { settings, encoder, dataset, dataHash, plans } = trial
  return {
    format: 1,
    name: nameOf(trialDir),
    versions: { sweep: releaseVersion(), node: process.version },
    data: { source: settings.data, sha256: dataHash, rows: rowsOf(dataset) },
    model: {
      encoder: settings.encoder,
      encoderFacts: encoder.facts,
      encoderSha256: stateHash(encoder.state),
      weights: input.weights,
      heads: plans.map(({ head }) => head),
    },
    seed: input.seed,
    training: input.training,
    configuration: input.configuration,
    figures: { validation: input.validation.map(taskCard), test: input.test.map(taskCard) },
    ...(input.calibration && { calibration: input.calibration }),
  }
}

/** runs/gamma-grid.1/trials/0003 */
function nameOf(trialDir: string): string {
  const [number, trials] = [basename(trialDir), dirname(trialDir)]
  if (basename(trials) !== 'trials' || !/^\d+$/.test(number)) return number
  return `${basename(dirname(trials))}/${Number(number)}`
}

function rowsOf({ tasks, labels, splits }: Dataset): ModelCard['data']['rows'] {
  return tasks.flatMap(({ name, classes }) => {
    const of = labels.get(name) ?? new Int32Array()
    const counts = Object.entries(splits).map(
      ([split, rows]) => [split, classCounts(of, rows, classes.length)] as const,
    )
    return classes.map((className, c) => ({
      task: name,
      class: className,
      ...Object.fromEntries(counts.map(([split, count]) => [split, count[c] as number])),
    }))
  })
}

function stateHash(state: PreparedTrial['encoder']['state']): string {
  const hash = createHash('sha256')
  for (const [name, values] of state) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  return hash.digest('hex')
}

function taskCard({ task, split, classes, labels, probabilities }: TaskPredictions): TaskCard {
  const C = classes.length
  const table_CC = confusion(labels, argmaxRows(probabilities, C), C)
  const figures = (counts: ArrayLike<number>) => [
    macroF1(counts, C),
    accuracy(counts, C),
    ...perClass(counts, C).map(({ f1 }) => f1),
  ]
  const rng = rngFor(1, 'model card', `${split} ${task}`)
  const [macro, share, ...f1s] = bootstrapFigures(table_CC, figures, rng).map(({ interval }) => interval) as [
    Interval,
    Interval,
    ...Interval[],
  ]
  const rows = perClass(table_CC, C).map(({ precision, recall, support }, c) => {
    return { class: classes[c] as string, precision, recall, f1: f1s[c] as Interval, support }
  })
  return { task, macroF1: macro, accuracy: share, classes: rows }
}
