import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { plainSlots } from '../../src/app/plain-slots.ts'
import { parseObject } from '../../src/base/ndjson.ts'
import { type Rng, rngFor } from '../../src/base/rng.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { createJournal, openJournal } from '../../src/journal/open-journal.ts'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { walkJournal } from '../../src/journal/walk-journal.ts'
import { type ReplayDifference, replay } from '../../src/orchestrator/replay.ts'
import { runSweep } from '../../src/orchestrator/run-sweep.ts'
import { attemptEnvironment } from '../../src/protocol/attempt-environment.ts'
import type { Pruner } from '../../src/pruners/pruner.ts'
import { races } from '../../src/racing/index.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import type { SweepSnapshot } from '../../src/trial/trial.ts'
import { spec } from '../fixtures/a-spec.ts'
import { Death, SimulatedMachine } from './simulated-machine.ts'

// The real loop and the real journal on a simulated machine: a schedule takes milliseconds, so a power cut can be tried
// at every step that an orchestrator takes.

const SPEC: SweepSpec = {
  ...spec,
  space: {
    ...spec.space,
    parameters: { x: { distribution: 'categorical', values: [0, 1, 2, 3, 4, 5] } },
  },
  trainer: { kind: 'function', name: 'f' },
  executor: { name: 'inline', options: {} },
  maxFailuresInARow: 1000,
  retry: { crashed: 100, lost: 100, backoffMs: 200 },
}
const MOST_STEPS = 260
const MOST_LIVES = 6

export interface SimulatedVerdict {
  readonly wrong: readonly string[]
  readonly snapshot: SweepSnapshot
  readonly lives: number
  /** Decisions that a replay of its journal makes otherwise. */
  readonly differences: readonly ReplayDifference[]
}

/** @param folder empty */
export async function liveThrough(seed: number, folder: string, pruner?: Pruner): Promise<SimulatedVerdict> {
  const rng = rngFor(seed, 'simulated lives')
  const machine = new SimulatedMachine(seed)
  mkdirSync(join(folder, 'trials'))
  let dir = newDir(folder, 0)
  let lives = 0
  for (; lives < MOST_LIVES; lives++) {
    const last = lives === MOST_LIVES - 1
    const next = newDir(folder, lives + 1)
    const life = new Life({
      machine,
      dir,
      next,
      pruner,
      dieAt: last ? Number.POSITIVE_INFINITY : 1 + rng.below(MOST_STEPS),
    })
    if (await life.run()) break
    befall(machine, next, life.synced, rng)
    dir = next
  }
  const deciders = { sampler: samplers.grid.create({}), race: races['all-seeds'].create({}), ...(pruner && { pruner }) }
  const { differences } = replay(deciders, walkJournal(dir))
  return { wrong: machine.wrong, snapshot: readSnapshot(dir), lives: lives + 1, differences }
}

/** What happens to the rest of the machine when the orchestrator dies. */
function befall(machine: SimulatedMachine, dir: string, synced: number, rng: Rng): void {
  if (rng.uniform() < 0.3) machine.killOne()
  if (rng.uniform() < 0.2) machine.jump((rng.uniform() - 0.5) * 1e9)
  const what = rng.uniform()
  if (what < 0.25) machine.killAll()
  if (what < 0.7) return
  machine.powerCut()
  const journal = join(dir, 'journal.ndjson')
  if (!existsSync(journal)) return
  const { size } = statSync(journal)
  truncateSync(journal, synced + rng.below(Math.max(0, size - synced) + 1))
  if (rng.uniform() < 0.5) rmSync(join(dir, 'snapshot.json'), { force: true })
}

function newDir(folder: string, number: number): string {
  const dir = join(folder, `life-${number}`)
  mkdirSync(dir)
  // The trials' folders are the machine's, whoever runs the sweep.
  symlinkSync(join(folder, 'trials'), join(dir, 'trials'))
  return dir
}

interface LifeParts {
  readonly machine: SimulatedMachine
  readonly dir: string
  /** Gets what is on the disk in the moment of death. */
  readonly next: string
  readonly pruner: Pruner | undefined
  /** Which step it does not survive. */
  readonly dieAt: number
}

/** One life of the orchestrator. */
class Life {
  /** Bytes of the journal that a power cut leaves. */
  synced = 0
  readonly #parts: LifeParts
  #steps = 0
  #dead = false

  constructor(parts: LifeParts) {
    this.#parts = parts
    this.synced = sizeOf(join(parts.dir, 'journal.ndjson'))
  }

  /** @returns whether the sweep came to its end */
  async run(): Promise<boolean> {
    const { machine, dir, pruner } = this.#parts
    const { clock } = machine
    const journal = existsSync(join(dir, 'sweep.json'))
      ? openJournal({ dir, clock })
      : createJournal({ dir, id: 'gamma.1', spec: SPEC, provenance: {}, clock })
    try {
      await runSweep({
        spec: SPEC,
        sweepDir: dir,
        journal: this.#watched(journal),
        sampler: samplers.grid.create({}),
        race: races['all-seeds'].create({}),
        ...(pruner === undefined ? {} : { pruner }),
        executor: machine.executor(this.#live, (key) => this.#durableClaims().has(key)),
        slots: plainSlots(3),
        launch: (context) => ({ argv: [], cwd: dir, env: attemptEnvironment(context) }),
        clock,
      })
      return true
    } catch (error) {
      if (!this.#dead) throw error
      return false
    } finally {
      await journal.close().catch(() => undefined)
    }
  }

  readonly #live = (): void => {
    if (!this.#dead && ++this.#steps >= this.#parts.dieAt) this.#die()
    if (this.#dead) throw new Death('the orchestrator is dead')
  }

  #die(): void {
    this.#dead = true
    const { dir, next } = this.#parts
    for (const file of ['sweep.json', 'journal.ndjson', 'snapshot.json', 'summary.json']) {
      if (existsSync(join(dir, file))) copyFileSync(join(dir, file), join(next, file))
    }
  }

  #watched(journal: Journal): Journal {
    return {
      get snapshot() {
        return journal.snapshot
      },
      append: (event) => {
        this.#live()
        journal.append(event)
      },
      durable: async () => {
        this.#live()
        await journal.durable()
        if (!this.#dead) this.synced = sizeOf(join(this.#parts.dir, 'journal.ndjson'))
        this.#live()
      },
      close: () => journal.close(),
    }
  }

  #durableClaims(): Set<string> {
    const text = readFileSync(join(this.#parts.dir, 'journal.ndjson')).subarray(0, this.synced).toString()
    const claims = text.split('\n').map(parseObject)
    return new Set(
      claims.flatMap((line) => (line?.type === 'attempt-started' ? [`${line.trial}.${line.attempt}`] : [])),
    )
  }
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
