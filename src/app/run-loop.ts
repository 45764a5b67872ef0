import { systemClock } from '../base/clock.ts'
import type { Executor, Objective } from '../executors/executor.ts'
import { executors } from '../executors/index.ts'
import type { SlotPool } from '../gpus/slot.ts'
import type { Journal } from '../journal/journal.ts'
import { runSweep } from '../orchestrator/run-sweep.ts'
import { capacity, type SweepEnd, type SweepParts } from '../orchestrator/sweep-loop.ts'
import { pruners } from '../pruners/index.ts'
import { races } from '../racing/index.ts'
import { samplers } from '../samplers/index.ts'
import { trialAddresses } from '../trial/address.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { chosen } from './chosen.ts'
import { codeVersion, dataFolder, dataVersion } from './code-version.ts'
import { earlierAnswers } from './earlier-answers.ts'
import { prepareEncoders } from './encoders.ts'
import { explainSearch, noteSearch } from './explain-search.ts'
import { gpuNeeds } from './gpu-needs.ts'
import { launcherFor } from './launch.ts'
import type { LoopOptions, SweepOutcome } from './loop-options.ts'
import { tellingFailure, withNotices } from './notices/with-notices.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface LoopInput {
  readonly workspace: Workspace
  /** Open; closed here. */
  readonly journal: Journal
  /** Closed here when the loop ends well; when it throws, attempts may still run on its slots. */
  readonly slots: SlotPool
  readonly objective?: Objective
}

/** Joins the registries to the loop and runs it. */
export async function runLoop(input: LoopInput, options: LoopOptions): Promise<SweepOutcome> {
  const { journal, slots } = input
  const since = (options.clock ?? systemClock).now()
  try {
    return await tellingFailure(journal, options, async () => {
      const { snapshot } = journal
      if (!(await prepared(input, options))) {
        return { id: snapshot.id, snapshot, state: snapshot.state, interrupted: true }
      }
      const end = await runParts(input, options)
      slots.close()
      return {
        id: end.snapshot.id,
        snapshot: end.snapshot,
        state: end.snapshot.state,
        interrupted: end.interrupted,
        since,
      }
    })
  } finally {
    await journal.close()
  }
}

/** The loop itself, without making anything ready first. The journal and the slots stay open. */
export async function runParts(input: LoopInput, options: LoopOptions): Promise<SweepEnd> {
  const { spec } = input.journal.snapshot
  const { limit = Number.POSITIVE_INFINITY } = options
  noteSearch(input.journal, explainSearch(spec, Math.min(limit, capacity({ spec, slots: input.slots }))))
  const executor = executorFor(input)
  return withNotices(input, options, (watched) => closing(executor, () => runSweep(partsOf(input, executor, watched))))
}

/** Whatever keeps its encoders from being made ready stops a sweep; without a word of it, it would look as if it had died. */
async function prepared({ journal, workspace }: LoopInput, options: LoopOptions): Promise<boolean> {
  const stopped = (reason: string) => journal.append({ type: 'sweep-state', state: 'stopped', reason })
  try {
    const done = await prepareEncoders(journal.snapshot.spec, workspace, options)
    if (!done) stopped('A person stopped it.')
    return done
  } catch (error) {
    stopped((error as Error).message)
    throw error
  }
}

async function closing(executor: Executor, run: () => Promise<SweepEnd>): Promise<SweepEnd> {
  try {
    return await run()
  } finally {
    await executor.close()
  }
}

function executorFor({ workspace, journal, objective }: LoopInput): Executor {
  const { id, spec } = journal.snapshot
  const open = chosen(executors, spec.executor)
  return open({
    sweepDir: sweepDirOf(workspace, id),
    ...(spec.metric === undefined ? {} : { metric: spec.metric.name }),
    ...(objective === undefined ? {} : { objective }),
    ...(spec.onOrchestratorDeath === undefined ? {} : { onOrchestratorDeath: spec.onOrchestratorDeath }),
  })
}

function partsOf({ workspace, journal, slots }: LoopInput, executor: Executor, options: LoopOptions): SweepParts {
  const { id, spec } = journal.snapshot
  const { observer, signal, killSignal, limit, cancel, longestFirst, clock = systemClock } = options
  return {
    spec,
    sweepDir: sweepDirOf(workspace, id),
    journal,
    sampler: chosen(samplers, spec.sampler),
    ...(spec.pruner === undefined ? {} : { pruner: chosen(pruners, spec.pruner) }),
    race: chosen(races, spec.race),
    executor,
    slots,
    launch: launcherFor(spec, workspace),
    gpuNeeds: gpuNeeds(workspace, journal.snapshot),
    ...addressing(spec, workspace),
    ...(spec.reuse ? { answerFor: earlierAnswers(workspace, id, spec) } : {}),
    clock,
    ...(observer === undefined ? {} : { observer }),
    ...(signal === undefined ? {} : { signal }),
    ...(killSignal === undefined ? {} : { killSignal }),
    ...(limit === undefined ? {} : { limit }),
    ...(cancel === undefined ? {} : { cancel }),
    ...(longestFirst === undefined ? {} : { longestFirst }),
  }
}

/** A function has no code that could be told apart from another one, so its trials have no address. */
export function addressing(spec: SweepSpec, workspace: Pick<Workspace, 'folder'>): Pick<SweepParts, 'addressOf'> {
  const { trainer } = spec
  if (trainer.kind === 'function') return {}
  const code = codeVersion(trainer)
  const folder = dataFolder(spec, workspace)
  const addressFor = trialAddresses({ trainer, code })
  return {
    addressOf: (params, seed) => {
      const data = dataVersion(params, folder)
      return addressFor({ params, seed, ...(data === undefined ? {} : { data }) })
    },
  }
}
