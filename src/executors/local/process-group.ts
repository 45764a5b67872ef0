import { readdirSync, readFileSync } from 'node:fs'
import { startTimeOf } from '../../base/process-identity.ts'

/** Signals every process of a group. @returns false when the group has gone */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pgid, signal)
    return true
  } catch (error) {
    // EPERM: members are left, but none that we may signal (a set-uid program).
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether a process of the group still runs.
 *
 * One system call when the group has gone, which is the rule. Only otherwise, on Linux, /proc is read: a container's
 * first process often never reaps, and zombies would keep the group there for ever.
 */
export function groupLives(pgid: number): boolean {
  if (!signalGroup(pgid, 0)) return false
  if (process.platform !== 'linux') return true
  return processes().some((pid) => {
    const stat = statOf(pid)
    return stat?.pgid === pgid && stat.state !== 'Z' && stat.state !== 'X'
  })
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => name.charCodeAt(0) <= 57)
    .map(Number)
}

function statOf(pid: number): { state: string; pgid: number; startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] as string, pgid: Number(fields[2]), startTime: fields[19] as string }
  } catch {
    return undefined
  }
}

/** For the parent, right after the spawn: answers also when the child is a zombie already. */
export function startTimeOfChild(pid: number): string {
  return (process.platform === 'linux' ? statOf(pid)?.startTime : startTimeOf(pid)) ?? ''
}

/**
 * The leader of the group whose environment has all of `parts` (`NAME=start of the value`); for an attempt whose keeper died between
 * the spawn and the line that says so. Linux only: elsewhere undefined.
 */
export function findGroupByEnvironment(parts: readonly string[]): number | undefined {
  if (process.platform !== 'linux') return undefined
  return processes().find((pid) => {
    try {
      const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`
      return parts.every((part) => environment.includes(`\0${part}`)) && statOf(pid)?.pgid === pid
    } catch {
      return false
    }
  })
}

export interface GroupEnd {
  readonly pgid: number
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** Milliseconds to wait for an end of its own accord before SIGTERM. @default 0 */
  readonly settleMs?: number
  /** True once the group has gone; asked before each signal, so that a recycled number is never signalled. */
  gone(): boolean
}

/** Ends a process group: SIGTERM, grace, SIGKILL. Resolves when it has gone. */
export async function endGroup(end: GroupEnd): Promise<void> {
  if (await goneWithin(end, end.settleMs ?? 0)) return
  signalGroup(end.pgid, 'SIGTERM')
  // A stopped process takes SIGTERM only when it goes on.
  signalGroup(end.pgid, 'SIGCONT')
  if (await goneWithin(end, end.graceMs)) return
  signalGroup(end.pgid, 'SIGKILL')
  await goneWithin(end, Number.POSITIVE_INFINITY)
}

const FIRST_LOOK_MS = 4
const LAST_LOOK_MS = 250

async function goneWithin(end: GroupEnd, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  for (let pause = FIRST_LOOK_MS; !end.gone(); pause = Math.min(LAST_LOOK_MS, pause * 1.5)) {
    const left = deadline - performance.now()
    if (left <= 0) return false
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)))
  }
  return true
}
