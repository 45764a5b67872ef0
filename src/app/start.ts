import { readdirSync, rmdirSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import { loadSweep } from '../config/load-sweep.ts'
import type { SlotPool } from '../gpus/slot.ts'
import type { Journal } from '../journal/journal.ts'
import { createJournal } from '../journal/open-journal.ts'
import { capacity, totalTrials } from '../orchestrator/sweep-loop.ts'
import { samplers } from '../samplers/index.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { announce } from './announce.ts'
import { chosen } from './chosen.ts'
import { requireEncoders } from './encoders.ts'
import { requireEngines } from './engines.ts'
import { type Estimate, estimateSweep, gpusOfTrial } from './estimate.ts'
import { explainSearch } from './explain-search.ts'
import { longestFirstOf } from './longest-first.ts'
import type { LoopOptions, SweepOutcome } from './loop-options.ts'
import { tellNotStarted } from './notices/tell-end.ts'
import { provenanceOf } from './provenance.ts'
import { runLoop } from './run-loop.ts'
import { openSlots } from './slots.ts'
import { newSweepId, sweepDirOf, type Workspace } from './workspace.ts'

export type { LoopOptions, SweepOutcome } from './loop-options.ts'

/** What a sweep will take, as known at its start. */
export interface StartEstimate extends Estimate {
  /** Trials in all; undefined = no end of its own. */
  readonly trials: number | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  /** When it is to end, milliseconds since 1970. */
  readonly until?: number
}

export interface StartSpecOptions extends LoopOptions {
  readonly workspace: Workspace
  /** Milliseconds since 1970 at which it ends for this time; a resume goes on. */
  readonly until?: number
  /** Called once, when the sweep has an id and a journal and before its first trial. */
  readonly onStarted?: (started: {
    readonly id: string
    readonly sweepDir: string
    readonly notes: readonly string[]
    readonly estimate: StartEstimate
    /** How its sampler searches and why; absent = as its name says. */
    readonly search?: string
  }) => void
}

export interface StartOptions extends StartSpecOptions {
  /** Name of a sweep file in sweeps/, or a path. */
  readonly sweep: string
  /** `key=value` as typed after `--set`. */
  readonly overrides?: readonly string[]
}

/**
 * Runs a sweep file from the first trial to the last.
 *
 * @throws {ProblemsError} everything that is wrong with the sweep file
 * @throws {EnvironmentError} too few GPUs, a folder that cannot be written, a full disk
 */
export async function startSweep(options: StartOptions): Promise<SweepOutcome> {
  const { workspace, sweep, overrides = [] } = options
  return startSpec(await loadSweep({ folder: workspace.folder, sweep, overrides }), options)
}

/** The same for what is in memory already. @throws {EnvironmentError} */
export async function startSpec(spec: SweepSpec, options: StartSpecOptions): Promise<SweepOutcome> {
  const { workspace } = options
  const id = newSweepId(workspace, spec.name)
  const sweepDir = sweepDirOf(workspace, id)
  const { slots, journal } = await opened({ id, sweepDir, spec, options })
  if (options.until !== undefined) journal.append({ type: 'sweep-control', until: options.until })
  announce(id)
  const estimate = estimateOf(journal, slots, options)
  const search = explainSearch(spec, parallelOf(journal, slots, options))
  options.onStarted?.({ id, sweepDir, notes: spec.notes, estimate, ...(search === undefined ? {} : { search }) })
  const longestFirst = longestFirstOf(workspace, journal.snapshot, estimate)
  return runLoop({ workspace, journal, slots }, { ...options, ...(longestFirst === undefined ? {} : { longestFirst }) })
}

function estimateOf(journal: Journal, slots: SlotPool, options: StartSpecOptions): StartEstimate {
  const { workspace, until, clock = systemClock } = options
  const { id, spec } = journal.snapshot
  const sampler = chosen(samplers, spec.sampler)
  const trials = totalTrials({ spec, sampler })
  const parallel = parallelOf(journal, slots, options)
  const now = clock.now()
  const gpus = gpusOfTrial(slots)
  const estimate = estimateSweep({ workspace, id, spec, sampler, trials, parallel, gpus, now, until })
  return { ...estimate, trials, at: now, ...(until === undefined ? {} : { until }) }
}

/** Trials at a time. */
function parallelOf({ snapshot }: Journal, slots: SlotPool, { limit }: StartSpecOptions): number {
  return Math.min(capacity({ spec: snapshot.spec, slots }), limit ?? Number.POSITIVE_INFINITY)
}

/** A sweep that cannot begin leaves no empty folder behind. */
async function opened({ id, sweepDir, spec, options }: Begin): Promise<{ slots: SlotPool; journal: Journal }> {
  const { workspace, clock = systemClock } = options
  try {
    const slots = await openSlots(spec, sweepDir, options)
    await requireEngines(spec, { workspace, slot: slots.slots[0] })
    await requireEncoders(spec, workspace)
    const provenance = provenanceOf(spec, workspace, slots)
    return { slots, journal: createJournal({ dir: sweepDir, id, spec, provenance, clock }) }
  } catch (error) {
    if (readdirSync(sweepDir).length === 0) rmdirSync(sweepDir)
    await tellNotStarted({ id, spec }, error, clock)
    throw error
  }
}

interface Begin {
  readonly id: string
  readonly sweepDir: string
  readonly spec: SweepSpec
  readonly options: StartSpecOptions
}
