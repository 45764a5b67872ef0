import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import PQueue from 'p-queue'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { buildEnsemble } from '../ensembles/build-ensemble.ts'
import type { EnsembleReport } from '../ensembles/ensemble-report.ts'
import type { PoolMember } from '../ensembles/pool.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import type { TaskPredictions } from '../protocol/predictions.ts'
import { readPredictions } from '../protocol/predictions-file.ts'
import { readSafetensorsMetadata } from '../protocol/safetensors.ts'
import { trialFolder } from '../reports/trial-files.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { isBetter } from '../trial/value.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface EnsembleOptions {
  readonly workspace: Workspace
  readonly id: string
  /** Members at most. @default what the sweep file says */
  readonly top?: number
}

export interface SweepEnsemble {
  readonly id: string
  readonly ensemble: EnsembleReport
  /** reports/<id>/ensemble.json, absolute. */
  readonly path: string
  /** Completed trials that could not be members, in words. */
  readonly notes: readonly string[]
}

/** Selection is repeated in every fold, so the time grows with the pool; members beyond this never win a place. */
const LARGEST_POOL = 100
/** Trials whose files are read at the same time: many on a slow network disk, few enough to keep memory flat. */
const READERS = 8

/**
 * Tries every ensemble method on the completed trials of a sweep and writes reports/<id>/ensemble.json.
 *
 * @throws {UserError} ENSEMBLE_NO_PREDICTIONS, ENSEMBLE_TOO_FEW, ENSEMBLE_MISMATCH, ENSEMBLE_UNTRAINED, SAFETENSORS
 */
export async function ensembleSweep({ workspace, id, top }: EnsembleOptions): Promise<SweepEnsemble> {
  const sweepDir = sweepDirOf(workspace, id)
  const snapshot = readSnapshot(sweepDir)
  const completed = bestFirst(snapshot).slice(0, LARGEST_POOL)
  const pool = await poolOf(completed, sweepDir)
  const [first] = pool
  if (first === undefined) throw noPredictions(id, completed.length)
  const tasks = [...first.validation.keys()]
  const ensemble = buildEnsemble({ pool, top: top ?? snapshot.spec.ensemble.top, tasks })
  const folder = join(workspace.reportsDir, id)
  const path = join(folder, 'ensemble.json')
  mkdirSync(folder, { recursive: true })
  writeFileAtomic(path, `${JSON.stringify(ensemble, undefined, 2)}\n`)
  const without = completed.length - pool.length
  const notes = without === 0 ? [] : [`${counted(without, 'completed trial')} wrote no predictions and had no chance.`]
  return { id, ensemble, path, notes }
}

/** Completed trials by their own validation value. */
function bestFirst({ trials, spec }: SweepSnapshot): Trial[] {
  const goal = spec.metric?.goal ?? 'minimize'
  const completed = trials.filter(({ state, value }) => state === 'completed' && value !== undefined)
  return completed.sort((a, b) => {
    const [left, right] = [a.value as number, b.value as number]
    if (isBetter(left, right, goal)) return -1
    return isBetter(right, left, goal) ? 1 : a.number - b.number
  })
}

/** Those of the trials that wrote predictions, in the same order. */
async function poolOf(trials: readonly Trial[], sweepDir: string): Promise<PoolMember[]> {
  const readers = new PQueue({ concurrency: READERS })
  const found = await readers.addAll(trials.map((trial) => () => poolMember(trial, trialFolder(sweepDir, trial))))
  return found.filter((member) => member !== undefined)
}

async function poolMember({ number }: Trial, folder: string): Promise<PoolMember | undefined> {
  const predictions = await readPredictions(join(folder, TRIAL_FILES.predictions))
  const validation = byTask(predictions, 'val')
  if (validation.size === 0) return undefined
  const test = byTask(predictions, 'test')
  const trained = await trainedMark(join(folder, TRIAL_FILES.weights))
  return {
    trial: number,
    validation,
    ...(test.size === 0 ? {} : { test }),
    ...(trained === undefined ? {} : { trained }),
  }
}

function byTask(predictions: readonly TaskPredictions[], split: 'val' | 'test'): Map<string, TaskPredictions> {
  return new Map(predictions.filter((one) => one.split === split).map((one) => [one.task, one]))
}

/** Trainers of other people need not write weights, nor say that they are trained; ours always does. */
async function trainedMark(path: string): Promise<boolean | undefined> {
  if (!existsSync(path)) return undefined
  const { trained } = await readSafetensorsMetadata(path)
  return trained === undefined ? undefined : trained === 'true'
}

function noPredictions(id: string, completed: number): UserError {
  const seen = completed === 0 ? 'No trial has completed' : `None of the ${counted(completed, 'completed trial')} wrote`
  const what = completed === 0 ? '' : ' predictions/val.<task>.csv'
  return new UserError(`${id}: ${seen}${what}, so there is nothing to combine. No ensemble was built.`, {
    code: 'ENSEMBLE_NO_PREDICTIONS',
    ref: 'docs/protocol.md',
  })
}
