import { existsSync, readFileSync, utimesSync } from 'node:fs'
import { type Rng, rngFor } from '../../src/base/rng.ts'
import { changeLeases } from '../../src/gpus/lease-table.ts'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { damage } from './damage.ts'
import { leftFiles, type Outcome, outcomeOf, type Violation, violations } from './invariants.ts'
import { type Blow, drawSchedule, LAST_BLOWS, type Life, type Schedule, type Step } from './schedule.ts'
import { type Command, type RunningProcess, SweepUnderFire, signal } from './sweep-under-fire.ts'

/** What one schedule did to a sweep and what was wrong afterwards. */
export interface Verdict {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** Blows, damages and injections that took place. */
  readonly faults: number
  /** Attempts beyond one a trial. */
  readonly repeated: number
  /** What happened in order, for people. */
  readonly story: readonly string[]
}

/** A life that takes longer than this has hung. */
const LIFE_MS = 40_000
/** A keeper tries once a second to write down what a full disk refused. */
const LAST_MS = 8000
const PROGRESS_MS = 4000
const FULL_MS = 5000
const FROZEN_MS = 250
/** A sweep that is not finished after so many resumes never will be. */
const MOST_RESUMES = 8

const undisturbed = new Map<string, Promise<Outcome>>()

/** The same sweep with nothing happening to it; run once for each kind. */
function outcomeWithoutFaults({ sampler }: Schedule): Promise<Outcome> {
  const known = undisturbed.get(sampler) ?? runUndisturbed(sampler)
  undisturbed.set(sampler, known)
  return known
}

async function runUndisturbed(sampler: Schedule['sampler']): Promise<Outcome> {
  const place = new SweepUnderFire({
    seed: 0,
    sampler,
    retries: 0,
    onDeath: 'continue',
    units: 2,
    unitSeconds: 0,
    smallDisk: false,
    mishaps: [],
    lives: [],
  })
  try {
    const { ended, said } = place.command(['start', 'fire'])
    const code = await ended
    if (code !== 0) throw new Error(`the undisturbed sweep ended with ${code}:\n${said()}`)
    return outcomeOf(place.folder, place.sweepDir)
  } finally {
    place.remove()
  }
}

/** Runs a sweep under the schedule of a seed, resumes it until it is finished and checks everything. */
export async function performSeed(seed: number): Promise<Verdict> {
  const schedule = drawSchedule(seed)
  const expected = await outcomeWithoutFaults(schedule)
  const it = new Performance(schedule)
  try {
    return await it.run(expected)
  } finally {
    it.place.remove()
  }
}

class Performance {
  readonly place: SweepUnderFire
  readonly #schedule: Schedule
  readonly #rng: Rng
  readonly #story: string[] = []
  readonly #since = performance.now()
  #faults = 0
  #stuck: string | undefined

  constructor(schedule: Schedule) {
    this.#schedule = schedule
    this.#rng = rngFor(schedule.seed, 'faults', 'while it runs')
    this.place = new SweepUnderFire(schedule)
  }

  async run(expected: Outcome): Promise<Verdict> {
    const { seed, lives } = this.#schedule
    for (const life of lives) {
      await this.#live(life)
      if (this.#stuck !== undefined) break
    }
    if (this.#stuck === undefined) await this.#finish()
    const found: Violation[] =
      this.#stuck === undefined ? violations(this.place, expected) : [{ kind: 'stuck', text: this.#stuck }]
    const attempts = existsSync(this.place.sweepDir)
      ? this.#snapshot()?.trials.map((trial) => trial.attempts.length)
      : undefined
    const repeated = (attempts ?? []).reduce((sum, n) => sum + Math.max(0, n - 1), 0)
    return { seed, violations: found, faults: this.#faults, repeated, story: this.#story }
  }

  #tell(text: string): void {
    this.#story.push(`${((performance.now() - this.#since) / 1000).toFixed(2)} s  ${text}`)
  }

  #snapshot() {
    try {
      return readSnapshot(this.place.sweepDir)
    } catch {
      return undefined
    }
  }

  async #live(life: Life): Promise<void> {
    if (life.damage !== undefined) {
      await this.#killEverything()
      damage(life.damage, this.place, this.#rng)
      this.#fault(life.damage)
    }
    const args = this.#snapshot() === undefined ? ['start', 'fire'] : ['resume', 'fire', '--retry', 'failed']
    const inject = {
      ...(life.injection && { own: life.injection }),
      ...(life.keeperInjection && { keeper: life.keeperInjection }),
    }
    if (life.injection !== undefined) this.#fault(`injection ${JSON.stringify(life.injection)}`)
    if (life.keeperInjection !== undefined)
      this.#fault(`injection into keepers ${JSON.stringify(life.keeperInjection)}`)
    this.#tell(`${life.rivals} x sweep ${args.join(' ')}`)
    const first = this.place.command(args, inject)
    // Rival starts would be sweeps of their own; two resumes want the same one.
    const rivals = args[0] === 'start' ? 0 : life.rivals - 1
    const commands = [first, ...Array.from({ length: rivals }, () => this.place.command(args))]
    for (const step of life.steps) {
      if (!(await this.#progress(step, commands))) break
      await this.#strike(step.blow)
      if (LAST_BLOWS.has(step.blow)) break
    }
    const ended = this.#allEnded(commands)
    // A sweep may wait for room as long as the disk is full; somebody makes some in the end.
    await Promise.race([ended, pause(FULL_MS)])
    this.place.freeDisk()
    await ended
  }

  #fault(text: string): void {
    this.#faults++
    this.#tell(text)
  }

  /** @returns false when all orchestrators have ended before */
  async #progress({ progress, ms }: Step, commands: readonly Command[]): Promise<boolean> {
    const target = this.#ledgerLines() + progress
    const deadline = performance.now() + PROGRESS_MS
    const ended = () => commands.every(({ child }) => child.exitCode !== null || child.signalCode !== null)
    while (this.#ledgerLines() < target && performance.now() < deadline && !ended()) await pause(5)
    await pause(ms)
    return !ended()
  }

  #ledgerLines(): number {
    return readFileSync(this.place.ledger, 'utf8').split('\n').length
  }

  async #allEnded(commands: readonly Command[]): Promise<void> {
    for (const { child, ended, said } of commands) {
      const code = await inTime(ended)
      if (code === 'late') {
        this.#stuck = `sweep ${child.spawnargs.slice(2).join(' ')} still ran after ${LIFE_MS} ms:\n${said()}`
        await this.#killEverything()
        return
      }
      const last = said().trim().split('\n').slice(-12).join('\n    ')
      this.#tell(`ended with ${code ?? child.signalCode}: ${last}`)
      if (isBug(said())) this.#stuck = `it met a bug:\n${said()}`
    }
  }

  async #strike(blow: Blow): Promise<void> {
    this.#fault(blow)
    const all = this.place.processes()
    const of = (kind: RunningProcess['kind']) => all.filter((it) => it.kind === kind)
    const kill = (targets: readonly RunningProcess[]) => {
      for (const { pid } of targets) signal(pid, 'SIGKILL')
    }
    const one = (targets: readonly RunningProcess[]) =>
      targets.length === 0 ? [] : targets.slice(this.#rng.below(targets.length)).slice(0, 1)
    switch (blow) {
      case 'kill-orchestrator':
        return kill(of('orchestrator'))
      case 'kill-keepers':
        return kill(of('keeper'))
      case 'kill-a-keeper':
        return kill(one(of('keeper')))
      case 'kill-a-trainer':
        return kill(one(of('trainer')))
      case 'kill-all-trainers':
        return kill(of('trainer'))
      case 'kill-everything':
        return kill(this.#rng.shuffled(all))
      case 'kill-orchestrator-then-keepers':
        kill(of('orchestrator'))
        await pause(this.#rng.below(40))
        return kill(this.place.processes().filter(({ kind }) => kind === 'keeper'))
      case 'freeze-a-trainer':
        return this.#freeze(one(of('trainer')))
      case 'freeze-orchestrator':
        return this.#freeze(of('orchestrator'))
      case 'freeze-orchestrator-and-kill-keepers':
        return this.#freeze(of('orchestrator'), () => kill(of('keeper')))
      case 'interrupt':
        for (const { pid } of of('orchestrator')) signal(pid, 'SIGTERM')
        return
      case 'terminate-twice':
        for (const { pid } of of('orchestrator')) signal(pid, 'SIGINT')
        await pause(this.#rng.below(30))
        for (const { pid } of of('orchestrator')) signal(pid, 'SIGINT')
        return
      case 'pause-and-resume':
        await this.#command('pause', 'fire')
        await pause(this.#rng.below(200))
        return this.#command('resume', 'fire')
      case 'pause-and-kill':
        await this.#command('pause', 'fire')
        return kill(this.place.processes().filter(({ kind }) => kind === 'orchestrator'))
      case 'one-slot-and-two':
        await this.#command('slots', 'fire', '1')
        await pause(this.#rng.below(200))
        return this.#command('slots', 'fire', '2')
      case 'fill-disk':
        this.place.fillDisk()
        await pause(100 + this.#rng.below(400))
        return
    }
  }

  /** Of a person, while the sweep runs; refused when it does not. */
  async #command(...args: readonly string[]): Promise<void> {
    const { ended, said } = this.place.command(args)
    const code = await inTime(ended)
    this.#tell(`sweep ${args.join(' ')} ended with ${code}: ${said().trim()}`)
    if (code === 'late' || isBug(said())) this.#stuck = `sweep ${args.join(' ')} ended with ${code}:\n${said()}`
  }

  async #freeze(targets: readonly RunningProcess[], meanwhile = () => {}): Promise<void> {
    for (const { pid } of targets) signal(pid, 'SIGSTOP')
    await pause(20)
    meanwhile()
    await pause(this.#rng.below(FROZEN_MS))
    for (const { pid } of targets) signal(pid, 'SIGCONT')
  }

  async #killEverything(): Promise<void> {
    for (;;) {
      const all = this.place.processes()
      if (all.length === 0) return
      for (const { pid } of all) signal(pid, 'SIGKILL')
      await pause(5)
    }
  }

  /** Resumes until the sweep is finished, as a person would in the morning. */
  async #finish(): Promise<void> {
    for (let resume = 0; resume < MOST_RESUMES; resume++) {
      const args = this.#snapshot() === undefined ? ['start', 'fire'] : ['resume', 'fire', '--retry', 'failed']
      this.#tell(`sweep ${args.join(' ')}, undisturbed`)
      const command = this.place.command(args)
      await this.#allEnded([command])
      if (this.#stuck !== undefined) return
      const snapshot = this.#snapshot()
      if (command.child.exitCode === 0 && snapshot?.trials.every(({ state }) => state === 'completed')) break
    }
    for (const deadline = performance.now() + LAST_MS; performance.now() < deadline; await pause(20)) {
      if (this.place.processes().length === 0) break
    }
    await this.#tidy()
  }

  /** Drafts that a killed process left go with the next use of their folder, once they are a minute old. */
  async #tidy(): Promise<void> {
    const drafts = leftFiles(this.place)
    if (drafts.length === 0) return
    this.#tell(`left: ${drafts.join(', ')}`)
    const before = Date.now() / 1000 - 120
    for (const draft of drafts) utimesSync(draft, before, before)
    changeLeases(this.place.leaseDir, () => undefined)
    await this.#allEnded([this.place.command(['resume', 'fire'])])
  }
}

function isBug(said: string): boolean {
  return /UNEXPECTED|did not foresee|This is a bug|^ {4}at /m.test(said)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function inTime<T>(promise: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), LIFE_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
