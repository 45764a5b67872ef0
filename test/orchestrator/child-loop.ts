import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { plainSlots } from '../../src/app/plain-slots.ts'
import { systemClock } from '../../src/base/clock.ts'
import { executors } from '../../src/executors/index.ts'
import type { Gpu, Slot, SlotPool } from '../../src/gpus/slot.ts'
import { createJournal, openJournal } from '../../src/journal/open-journal.ts'
import { runSweep } from '../../src/orchestrator/run-sweep.ts'
import type { SweepEnd, SweepParts } from '../../src/orchestrator/sweep-loop.ts'
import { attemptEnvironment } from '../../src/protocol/attempt-environment.ts'
import { races } from '../../src/racing/index.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { buildKeeper, trainer } from '../executors/fixture.ts'

let keeper: Promise<string> | undefined

export interface ChildRun {
  readonly spec: SweepSpec
  /** Of test/fixtures/trainers. */
  readonly program: string
  readonly env?: Readonly<Record<string, string>> | ((slot: Slot) => Readonly<Record<string, string>>)
  /** @default two without a GPU */
  readonly slots?: SlotPool
  /** @default a new folder; the same one again = resume */
  readonly dir?: string
  readonly parts?: Partial<SweepParts>
}

/** Runs the loop with real child processes; only the slots are not leased from the machine. */
export async function runChildren(run: ChildRun): Promise<SweepEnd & { readonly dir: string }> {
  keeper ??= buildKeeper(temporaryFolder())
  const keeperProgram = await keeper
  const dir = run.dir ?? join(temporaryFolder(), 'gamma.1')
  const journal =
    run.dir === undefined
      ? createJournal({ dir, id: 'gamma.1', spec: run.spec, provenance: {}, clock: systemClock })
      : openJournal({ dir, clock: systemClock })
  mkdirSync(join(dir, 'trials'), { recursive: true })
  const executor = executors.local.create({})({ sweepDir: dir, metric: 'f1', keeperProgram })
  try {
    const end = await runSweep({
      spec: run.spec,
      sweepDir: dir,
      journal,
      sampler: samplers.grid.create({}),
      race: races['all-seeds'].create({}),
      executor,
      slots: run.slots ?? plainSlots(2),
      launch: (context, _params, slot) => {
        const env = typeof run.env === 'function' ? run.env(slot) : run.env
        return {
          argv: [trainer(run.program)],
          cwd: dir,
          env: { PATH: process.env.PATH ?? '', ...attemptEnvironment(context), ...env },
        }
      },
      clock: systemClock,
      ...run.parts,
    })
    return { ...end, dir }
  } finally {
    await executor.close()
    await journal.close()
  }
}

/** One slot for each GPU of this many GiB; those of one GPU twice are halves of it. */
export function gpuSlots(...gibibytes: readonly number[]): SlotPool {
  const slots = gibibytes.map((gib, i): Slot => ({ id: `gpu${i}`, gpus: [{ gpu: aGpu(i, gib), share: 1 }], cpus: 1 }))
  return poolOf(slots)
}

/** Two halves of one GPU of this many GiB. */
export function halfSlots(gib: number): SlotPool {
  return poolOf(['gpu0.0', 'gpu0.1'].map((id) => ({ id, gpus: [{ gpu: aGpu(0, gib), share: 0.5 }], cpus: 1 })))
}

export function aGpu(index: number, gib: number): Gpu {
  return {
    vendor: 'nvidia',
    uuid: `GPU-${index}`,
    index,
    model: 'made up',
    memoryBytes: gib * 2 ** 30,
    memoryUsedBytes: 0,
  }
}

function poolOf(slots: readonly Slot[]): SlotPool {
  const free = [...slots]
  return {
    slots,
    acquire: (id) => {
      const place = id === undefined ? 0 : free.findIndex((slot) => slot.id === id)
      return place === -1 ? undefined : free.splice(place, 1)[0]
    },
    share: () => undefined,
    release: (slot) => void free.push(slot),
    close: () => undefined,
  }
}

/** Lines that the trainers of one trial have written down themselves. */
export function witnessOf(dir: string, trial: number): string[] {
  const file = join(dir, 'trials', String(trial).padStart(4, '0'), 'witness')
  return readFileSync(file, 'utf8').trim().split('\n')
}
