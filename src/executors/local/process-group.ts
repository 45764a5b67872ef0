import { startTimeOf } from '../../base/process-identity.ts'
import { allProcesses, environmentOf, startTimeInProc } from '../../base/process-tree.ts'

/** Signals every process of a group that we may signal. `refused`: members are left, but none of those (a set-uid program). */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(-pgid, signal)
    return 'sent'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'refused' : 'gone'
  }
}

/**
 * Whether a process of the group still runs.
 *
 * One system call when the group has gone, which is the rule. Only otherwise, on Linux, /proc is read: a container's
 * first process often never reaps, and zombies would keep the group there for ever.
 */
export function groupLives(pgid: number): boolean {
  if (signalGroup(pgid, 0) === 'gone') return false
  return process.platform !== 'linux' || allProcesses().some(({ group }) => group === pgid)
}

/** For the parent, right after the spawn: answers also when the child is a zombie already. */
export function startTimeOfChild(pid: number): string {
  return (process.platform === 'linux' ? startTimeInProc(pid) : startTimeOf(pid)) ?? ''
}

/**
 * The leader of the group whose environment has all of `marks`; for an attempt whose keeper died between the spawn and
 * the line that says so. Linux only: elsewhere undefined.
 */
export function findGroupByEnvironment(
  marks: Readonly<Record<string, (value: string) => boolean>>,
): number | undefined {
  const names = Object.keys(marks)
  const isMarked = (pid: number) =>
    environmentOf(pid, names).every((value, i) => value !== undefined && marks[names[i] as string]?.(value) === true)
  return allProcesses().find(({ pid, group }) => pid === group && isMarked(pid))?.pid
}
