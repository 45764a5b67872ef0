import { systemClock } from '../base/clock.ts'
import type { SweepDefinition } from '../config/define-sweep.ts'
import { resolveDefinition } from '../config/load-sweep.ts'
import type { Objective } from '../executors/executor.ts'
import type { Journal } from '../journal/journal.ts'
import { createJournal, openJournal } from '../journal/open-journal.ts'
import { readSummary } from '../journal/read-snapshot.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { LoopOptions, SweepOutcome } from './loop-options.ts'
import { tellEnd } from './notices/tell-end.ts'
import { plainSlots } from './plain-slots.ts'
import { provenanceOf } from './provenance.ts'
import { runLoop } from './run-loop.ts'
import { listSweepIds, newSweepId, partsOfId, sweepDirOf, type Workspace } from './workspace.ts'

export interface RunFunctionOptions extends Omit<LoopOptions, 'gpus' | 'limit'> {
  readonly workspace: Workspace
  readonly definition: SweepDefinition
  /** What the sweep's id begins with. */
  readonly name: string
  readonly objective: Objective
  /** Goes on with the latest sweep of that name, unless it has finished. */
  readonly resume: boolean
}

/**
 * Runs a function of this process as the trainer of a sweep.
 *
 * @throws {ProblemsError} everything that is wrong with the definition
 */
export async function runFunction(options: RunFunctionOptions): Promise<SweepOutcome> {
  const { workspace, definition, name, objective } = options
  const spec = await resolveDefinition(definition, {
    name,
    folder: workspace.folder,
    objective: objective.name || 'objective',
  })
  // Functions share one process, so more than one at a time helps only those that wait for something.
  const slots = plainSlots(spec.parallel ?? 1)
  const journal = journalFor(spec, options)
  const outcome = await runLoop({ workspace, journal, slots, objective }, options)
  await toldOf(outcome, options)
  return outcome
}

/** Nobody writes a report here, and there is no command that could say what was not delivered. */
async function toldOf({ snapshot, interrupted, since }: SweepOutcome, options: RunFunctionOptions): Promise<void> {
  if (interrupted || since === undefined) return
  const { workspace, clock = systemClock } = options
  const undelivered = await tellEnd({ workspace, snapshot, since, notes: [] }, { clock, env: process.env })
  for (const text of undelivered) process.emitWarning(text)
}

function journalFor(spec: SweepSpec, { workspace, resume, clock = systemClock }: RunFunctionOptions): Journal {
  const open = resume ? unfinished(workspace, spec.name) : undefined
  if (open !== undefined) return openJournal({ dir: sweepDirOf(workspace, open), clock })
  const id = newSweepId(workspace, spec.name)
  const provenance = provenanceOf(spec, workspace, { slots: [] })
  return createJournal({ dir: sweepDirOf(workspace, id), id, spec, provenance, clock })
}

function unfinished(workspace: Workspace, name: string): string | undefined {
  const latest = listSweepIds(workspace).findLast((id) => partsOfId(id)?.name === name)
  if (latest === undefined) return undefined
  return readSummary(sweepDirOf(workspace, latest)).state === 'finished' ? undefined : latest
}
