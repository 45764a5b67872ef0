import { join } from 'node:path'
import { type Clock, systemClock } from '../../base/clock.ts'
import { SweepError } from '../../base/errors.ts'
import { counted } from '../../base/human-readable.ts'
import { lockHolder, takeLock } from '../../journal/lock.ts'
import { readSnapshot } from '../../journal/read-snapshot.ts'
import type { SweepSnapshot, Trial } from '../../trial/trial.ts'
import { livingAttempts } from '../left-running.ts'
import { listSweepIds, resolveSweepId, sweepDirOf, type Workspace } from '../workspace.ts'
import { type Links, linksBetween, trialsWithWeights } from './kept-trials.ts'
import { leftoversBelow, leftStarts } from './leftovers.ts'
import { oldCache } from './old-cache.ts'
import { removeWaste } from './remove-waste.ts'
import { trialWaste } from './trial-waste.ts'
import type { Waste, WasteKind } from './waste.ts'

export interface GcOptions {
  readonly workspace: Workspace
  /** Ids or names; empty = all sweeps, the cache and what lies beside them. */
  readonly sweeps?: readonly string[]
  /** Configurations whose weights stay. @default 5, and at least what the sweep's ensemble takes */
  readonly top?: number
  /** Also checkpoints of failed and cancelled trials, which a retry would go on from. */
  readonly failed?: boolean
  /** Days for which an entry of the cache stays unread. @default 30 */
  readonly cacheDays?: number
  /** Remove it; otherwise it is only looked at. */
  readonly remove?: boolean
  readonly clock?: Clock
}

/** What one sweep, or the cache, could give back. */
export interface GcPart {
  /** Id of the sweep; absent for what belongs to none. */
  readonly id?: string
  readonly files: number
  /** By kind, kinds without a file left out. */
  readonly bytes: Partial<Record<WasteKind, number>>
  /** Why nothing of it is touched. */
  readonly skipped?: string
}

export interface GcOutcome {
  readonly removed: boolean
  readonly parts: readonly GcPart[]
  readonly files: number
  readonly bytes: number
  /** What people should know, such as a file that could not be removed. */
  readonly notes: readonly string[]
}

const TOP = 5
const CACHE_DAYS = 30

/**
 * Finds, and with `remove` frees, what neither ranking, reports, ensembles, predictions nor a resume need. Journals,
 * params, metrics, predictions, details and logs always stay. A sweep that runs is not touched.
 *
 * @throws {UserError} SWEEP_UNKNOWN, NO_SWEEPS
 */
export function gcSweeps(options: GcOptions): GcOutcome {
  const { workspace, sweeps = [], clock = systemClock } = options
  const ids = sweeps.length === 0 ? listSweepIds(workspace) : sweeps.map((id) => resolveSweepId(workspace, id))
  const links = linksBetween(workspace)
  const notes = links.unreadable.map(
    (id) => `${id} cannot be read, so nobody knows what it took over: all weights stay.`,
  )
  const parts = ids.map((id) => sweepPart(id, { ...options, links, notes, now: clock.now() }))
  if (sweeps.length === 0) {
    const { cacheDays = CACHE_DAYS, remove = false } = options
    const waste = [...oldCache(cacheDays, clock.now()), ...leftStarts(workspace.runsDir, clock.now())]
    parts.push(partOf(remove ? removeWaste(waste, notes) : waste))
  }
  const worth = parts.filter(({ files, skipped }) => files > 0 || skipped !== undefined)
  const bytes = parts.reduce((sum, part) => sum + sumOf(part.bytes), 0)
  const files = parts.reduce((sum, part) => sum + part.files, 0)
  return { removed: options.remove ?? false, parts: worth, files, bytes, notes }
}

interface Job extends GcOptions {
  readonly links: Links
  readonly notes: string[]
  readonly now: number
}

function sweepPart(id: string, job: Job): GcPart {
  const sweepDir = sweepDirOf(job.workspace, id)
  try {
    const snapshot = readSnapshot(sweepDir)
    const busy = whyBusy(sweepDir, snapshot)
    if (busy !== undefined) return { id, files: 0, bytes: {}, skipped: busy }
    const find = () => wasteOf(sweepDir, snapshot, job)
    return { id, ...partOf(job.remove ? removedUnderLock(id, sweepDir, find, job.notes) : find()) }
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return { id, files: 0, bytes: {}, skipped: error.message }
  }
}

/** @returns why somebody may still write in its folder, in words */
function whyBusy(sweepDir: string, { id, state, trials }: SweepSnapshot): string | undefined {
  const holder = lockHolder(sweepDir)
  if (holder?.state === 'alive') return 'it runs'
  if (holder?.state === 'elsewhere') return `it is held by a process of ${holder.process.host}`
  const living = livingAttempts(
    sweepDir,
    trials.filter((trial) => trial.state === 'running'),
  )
  if (living.length > 0)
    return `${counted(living.length, 'trial')} of it still ${living.length === 1 ? 'runs' : 'run'}: sweep stop ${id}`
  if (holder !== undefined || state === 'running') return `its process died: sweep resume ${id}, or sweep stop ${id}`
  return undefined
}

function wasteOf(sweepDir: string, snapshot: SweepSnapshot, job: Job): Waste[] {
  const { workspace, links, failed = false, now } = job
  const top = job.top ?? Math.max(TOP, snapshot.spec.ensemble.top)
  const unsure = links.unreadable.length > 0
  const kept = unsure ? undefined : trialsWithWeights(workspace, snapshot, { top, linked: links.linked })
  const ofTrials = snapshot.trials
    .filter(({ reusedFrom }) => reusedFrom === undefined)
    .flatMap((trial) => {
      const weights = !hasEnded(trial, failed) || kept === undefined || kept.has(trial.number)
      return trialWaste(sweepDir, trial, { checkpoints: !hasEnded(trial, failed), weights })
    })
  const reports = join(workspace.reportsDir, snapshot.id)
  const seen = new Set(ofTrials.map(({ path }) => path))
  const left = [...leftoversBelow(sweepDir, now), ...leftoversBelow(reports, now)].filter(({ path }) => !seen.has(path))
  return [...ofTrials, ...left]
}

/** Nothing goes on from here: not a resume, and unless a person gives them up, no retry. */
function hasEnded({ state }: Trial, failed: boolean): boolean {
  return state === 'completed' || state === 'pruned' || (failed && (state === 'failed' || state === 'cancelled'))
}

/** With the sweep's lock, so that nobody can resume it meanwhile. */
function removedUnderLock(id: string, sweepDir: string, find: () => Waste[], notes: string[]): readonly Waste[] {
  const lock = takeLock(sweepDir, id)
  try {
    return removeWaste(find(), notes, sweepDir)
  } finally {
    lock.release()
  }
}

function partOf(waste: readonly Waste[]): Pick<GcPart, 'files' | 'bytes'> {
  const bytes: Partial<Record<WasteKind, number>> = {}
  for (const { kind, bytes: size } of waste) bytes[kind] = (bytes[kind] ?? 0) + size
  return { files: waste.length, bytes }
}

const sumOf = (bytes: GcPart['bytes']) => Object.values(bytes).reduce((sum, size) => sum + size, 0)
