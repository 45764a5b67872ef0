import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { plainSlots } from '../../src/app/plain-slots.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Objective } from '../../src/executors/executor.ts'
import { executors } from '../../src/executors/index.ts'
import type { JournalEvent } from '../../src/journal/event.ts'
import { createJournal, openJournal } from '../../src/journal/open-journal.ts'
import { runSweep } from '../../src/orchestrator/run-sweep.ts'
import type { SweepEnd, SweepParts } from '../../src/orchestrator/sweep-loop.ts'
import { attemptEnvironment } from '../../src/protocol/attempt-environment.ts'
import { races } from '../../src/racing/index.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { Domain } from '../../src/space/domain.ts'
import type { SweepControl } from '../../src/trial/control.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { spec } from '../fixtures/a-spec.ts'

/** A sweep over `x` = 0 .. n-1 with one seed, whose trainer is a function. */
export function gridSpec(n: number, parts: Partial<SweepSpec> = {}): SweepSpec {
  const x: Domain = { distribution: 'categorical', values: Array.from({ length: n }, (_, i) => i) }
  return {
    ...spec,
    space: { ...spec.space, parameters: { x } },
    seeds: [1],
    trainer: { kind: 'function', name: 'f' },
    executor: { name: 'inline', options: {} },
    graceMs: 50,
    ...parts,
  }
}

export interface LoopRun {
  readonly spec: SweepSpec
  readonly objective: Objective
  /** @default a new folder; the same one again = resume */
  readonly dir?: string
  readonly parallel?: number
  readonly parts?: Partial<SweepParts>
  /** Said before the loop begins, as a start or a resume does. */
  readonly change?: Pick<SweepControl, 'until' | 'budget'>
}

/** Runs the loop with real parts; only the slots are not leased from the machine. */
export async function runLoop(
  run: LoopRun,
): Promise<SweepEnd & { readonly dir: string; readonly events: JournalEvent[] }> {
  const dir = run.dir ?? join(temporaryFolder(), 'gamma.1')
  const journal =
    run.dir === undefined
      ? createJournal({ dir, id: 'gamma.1', spec: run.spec, provenance: {}, clock: systemClock })
      : openJournal({ dir, clock: systemClock })
  mkdirSync(join(dir, 'trials'), { recursive: true })
  if (run.change !== undefined) journal.append({ type: 'sweep-control', ...run.change })
  const events: JournalEvent[] = []
  const executor = executors.inline.create({})({ sweepDir: dir, objective: run.objective, metric: 'f1' })
  try {
    const end = await runSweep({
      spec: run.spec,
      sweepDir: dir,
      journal,
      sampler: samplers.grid.create({}),
      race: races['all-seeds'].create({}),
      executor,
      slots: plainSlots(run.parallel ?? 2),
      launch: (context) => ({ argv: [], cwd: dir, env: attemptEnvironment(context) }),
      clock: systemClock,
      observer: { event: (event) => events.push(event), tick: () => undefined },
      ...run.parts,
    })
    return { ...end, dir, events }
  } finally {
    await executor.close()
    await journal.close()
  }
}
