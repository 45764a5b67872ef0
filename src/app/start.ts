import { systemClock } from '../base/clock.ts'
import { loadSweep } from '../config/load-sweep.ts'
import { createJournal } from '../journal/open-journal.ts'
import { announce } from './announce.ts'
import type { LoopOptions, SweepOutcome } from './loop-options.ts'
import { provenanceOf } from './provenance.ts'
import { runLoop } from './run-loop.ts'
import { openSlots } from './slots.ts'
import { newSweepId, sweepDirOf, type Workspace } from './workspace.ts'

export type { LoopOptions, SweepOutcome } from './loop-options.ts'

export interface StartOptions extends LoopOptions {
  readonly workspace: Workspace
  /** Name of a sweep file in sweeps/, or a path. */
  readonly sweep: string
  /** `key=value` as typed after `--set`. */
  readonly overrides?: readonly string[]
  /** Called once, when the sweep has an id and a journal and before its first trial. */
  readonly onStarted?: (started: {
    readonly id: string
    readonly sweepDir: string
    readonly notes: readonly string[]
  }) => void
}

/**
 * Runs a sweep file from the first trial to the last.
 *
 * @throws {ProblemsError} everything that is wrong with the sweep file
 * @throws {EnvironmentError} too few GPUs, a folder that cannot be written, a full disk
 */
export async function startSweep(options: StartOptions): Promise<SweepOutcome> {
  const { workspace, clock = systemClock } = options
  const spec = await loadSweep({ folder: workspace.folder, sweep: options.sweep, overrides: options.overrides ?? [] })
  const id = newSweepId(workspace, spec.name)
  const sweepDir = sweepDirOf(workspace, id)
  const slots = await openSlots(spec, id, options)
  const journal = createJournal({ dir: sweepDir, id, spec, provenance: provenanceOf(spec, workspace, slots), clock })
  announce(id)
  options.onStarted?.({ id, sweepDir, notes: spec.notes })
  return runLoop({ workspace, journal, slots }, options)
}
