import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BugError } from '../base/errors.ts'
import { type SimulatedOutcome, Simulation } from '../executors/simulated.ts'
import type { JournalEvent } from '../journal/event.ts'
import { MemoryJournal } from '../journal/memory-journal.ts'
import { runSweep } from '../orchestrator/run-sweep.ts'
import type { SweepParts } from '../orchestrator/sweep-loop.ts'
import { attemptEnvironment } from '../protocol/attempt-environment.ts'
import { pruners } from '../pruners/index.ts'
import { races } from '../racing/index.ts'
import { samplers } from '../samplers/index.ts'
import type { Params } from '../space/domain.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { chosen } from './chosen.ts'
import { plainSlots } from './plain-slots.ts'

export interface SimulateOptions {
  readonly spec: SweepSpec
  /** What a trial would do; called once for each. */
  readonly outcome: (params: Params, seed: number) => SimulatedOutcome
  /** Trials at a time. */
  readonly slots: number
  /** Milliseconds since 1970 at which it ends, on its own clock, which begins with the year 2000. */
  readonly until?: number
  readonly onEvent?: (event: JournalEvent) => void
  /** Instead of what the spec names, for those that are in no registry. */
  readonly parts?: Partial<Pick<SweepParts, 'sampler' | 'pruner' | 'race' | 'signal'>>
}

export interface SimulatedSweep {
  readonly snapshot: SweepSnapshot
  /** Milliseconds that the sweep would have taken. */
  readonly elapsedMs: number
}

/**
 * Runs a sweep whose trials only say what they would have said: the same loop, sampler, pruner and race as in real life,
 * in memory and on a clock that jumps. A night takes seconds.
 */
export async function simulate(options: SimulateOptions): Promise<SimulatedSweep> {
  const { spec, slots, onEvent, until, parts = {} } = options
  const given = new Map<number, { readonly params: Params; readonly seed: number }>()
  const simulation = new Simulation({
    metric: spec.metric?.name ?? 'objective',
    outcomeOf: (trial) => {
      const own = given.get(trial)
      if (own === undefined) throw new BugError(`Trial ${trial} was started without params.`)
      given.delete(trial)
      return options.outcome(own.params, own.seed)
    },
  })
  const { clock, executor } = simulation
  const journal = new MemoryJournal({
    id: `${spec.name}.0`,
    spec,
    clock,
    ...(onEvent === undefined ? {} : { onEvent }),
  })
  if (until !== undefined) journal.append({ type: 'sweep-control', until })
  // No such folder is ever made: nothing of a simulated sweep is written.
  const sweepDir = join(tmpdir(), `simulated-sweep-${process.pid}`)
  const { snapshot } = await runSweep({
    spec,
    sweepDir,
    journal,
    sampler: parts.sampler ?? chosen(samplers, spec.sampler),
    ...prunerOf(options),
    race: parts.race ?? chosen(races, spec.race),
    executor,
    slots: plainSlots(Math.min(slots, spec.parallel ?? slots)),
    launch: (context, params) => {
      given.set(context.trial, { params, seed: context.seed })
      return { argv: [], cwd: sweepDir, env: attemptEnvironment(context) }
    },
    clock,
    spaceOf: () => undefined,
    ...(parts.signal === undefined ? {} : { signal: parts.signal }),
  })
  return { snapshot, elapsedMs: simulation.elapsedMs }
}

function prunerOf({ spec, parts }: SimulateOptions): Pick<SweepParts, 'pruner'> {
  if (parts?.pruner !== undefined) return { pruner: parts.pruner }
  return spec.pruner === undefined ? {} : { pruner: chosen(pruners, spec.pruner) }
}
