import { startTimeOf } from '../../base/process-identity.ts'
import { processName, withDescendants } from '../../base/process-tree.ts'
import type { Stray } from './attempt-record.ts'
import { groupLives, groupMembers, signalGroup } from './process-group.ts'
import type { Look } from './process-looks.ts'

/**
 * The processes of one attempt: the group of its first process, and those that left this group: a daemon, a shell
 * pipeline with job control, a worker in a session of its own. They are known by the mark in their environment, by
 * their session, and by having been seen below the attempt, so that also one with an empty environment is known.
 *
 * A process is signalled only after its start time was compared, so that a recycled number is left alone.
 * On other systems than Linux only the group is known.
 */
export class AttemptTree {
  /** The attempt's, as in its mark. */
  readonly key: string
  readonly #leader: number
  /** Start time of the first process, when known: what has its number and another start time is a stranger. */
  leaderStart: string | undefined
  /** Those that left the group, by pid: their start time. */
  readonly #strays = new Map<number, string>()
  /** Its processes whenever we looked. */
  readonly #seen = new Set<number>()
  /** Those that we may not signal. */
  readonly #untouchable = new Set<number>()

  constructor(key: string, leader: number, leaderStart?: string) {
    this.key = key
    this.#leader = leader
    this.leaderStart = leaderStart
  }

  /** Remembers those of the attempt that have left its group. @returns whether it has seen one for the first time */
  see({ all, children, marks }: Look): boolean {
    const recycled = all.some(({ pid, startTime }) => pid === this.#leader && this.#isStranger(startTime))
    const roots = all.filter(
      ({ pid, group, session, startTime }) =>
        marks.get(pid) === this.key ||
        this.#strays.get(pid) === startTime ||
        (!recycled && (group === this.#leader || session === this.#leader)),
    )
    const members = withDescendants(new Set(roots.map(({ pid }) => pid)), all, children)
    for (const { pid } of members) this.#seen.add(pid)
    const strays = members.filter(({ pid, group }) => pid !== process.pid && (recycled || group !== this.#leader))
    const isNew = strays.some(({ pid, startTime }) => this.#strays.get(pid) !== startTime)
    this.#strays.clear()
    for (const { pid, startTime } of strays) this.#strays.set(pid, startTime)
    return isNew
  }

  /** Takes on what another process has seen. */
  remember(strays: readonly Stray[]): void {
    for (const [pid, startTime] of strays) this.#strays.set(pid, startTime)
  }

  /** What {@link remember} takes. */
  get known(): readonly Stray[] {
    return [...this.#strays]
  }

  /** Whether it had a process of this number when we looked. */
  knows(pid: number): boolean {
    return pid === this.#leader || this.#seen.has(pid)
  }

  /** Whether a process is left that could be ended. */
  lives(): boolean {
    return this.#groupLives() || this.#livingStrays().length > 0
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#groupLives()) {
      signalGroup(this.#leader, signal)
      for (const pid of groupMembers(this.#leader)) if (!signalProcess(pid, 0)) this.#untouchable.add(pid)
    }
    for (const pid of this.#livingStrays()) {
      if (!signalProcess(pid, signal)) this.#untouchable.add(pid)
    }
  }

  /** The strays that run, in words: `4711 (python3)`. */
  strays(): string[] {
    return this.#livingStrays().map(inWords)
  }

  /** What we may not end, in words. */
  untouchable(): string[] {
    if (this.#untouchable.size === 0) return []
    const members = groupMembers(this.#leader)
    const isOurs = (pid: number) => members.includes(pid) || startTimeOf(pid) === this.#strays.get(pid)
    return [...this.#untouchable].filter(isOurs).map(inWords)
  }

  #livingStrays(): number[] {
    const strays = [...this.#strays].filter(([pid, startTime]) => startTimeOf(pid) === startTime)
    return strays.map(([pid]) => pid).filter((pid) => !this.#untouchable.has(pid))
  }

  #groupLives(): boolean {
    if (!groupLives(this.#leader, this.#untouchable)) return false
    return !this.#isStranger(startTimeOf(this.#leader))
  }

  #isStranger(startTime: string | undefined): boolean {
    return startTime !== undefined && this.leaderStart !== undefined && startTime !== this.leaderStart
  }
}

function inWords(pid: number): string {
  return `${pid} (${processName(pid) ?? 'gone'})`
}

/** @returns false when it runs and we may not */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM'
  }
}
