import { readSweepFile } from '../journal/sweep-file.ts'
import { walkJournal } from '../journal/walk-journal.ts'
import { type Replay, replay } from '../orchestrator/replay.ts'
import { pruners } from '../pruners/index.ts'
import { races } from '../racing/index.ts'
import { samplers } from '../samplers/index.ts'
import { chosen } from './chosen.ts'
import { resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

export interface SweepReplay extends Replay {
  readonly id: string
  readonly same: boolean
  /** Release that started the sweep, when it is known. */
  readonly startedWith?: string
}

/**
 * Makes every decision of a sweep again from its journal and says where this release would decide otherwise. Reads only;
 * also while the sweep runs.
 *
 * @param id id or name; absent = the latest
 * @throws {UserError} SWEEP_UNKNOWN, CHOICE_UNKNOWN when this release lacks a sampler, pruner or race
 */
export function replaySweep(workspace: Workspace, id?: string): SweepReplay {
  const known = resolveSweepId(workspace, id)
  const dir = sweepDirOf(workspace, known)
  const { spec, provenance } = readSweepFile(dir)
  const made = replay(
    {
      sampler: chosen(samplers, spec.sampler),
      ...(spec.pruner === undefined ? {} : { pruner: chosen(pruners, spec.pruner) }),
      race: chosen(races, spec.race),
    },
    walkJournal(dir),
  )
  const startedWith = provenance.sweep
  return {
    id: known,
    same: made.differences.length === 0,
    ...made,
    ...(startedWith === undefined ? {} : { startedWith }),
  }
}
