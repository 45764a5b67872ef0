import { startTimeOf } from '../../base/process-identity.ts'
import { allProcesses, environmentOf, startTimeInProc } from '../../base/process-tree.ts'

/** Signals every process of a group that we may signal. @returns false when the group has gone */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pgid, signal)
    return true
  } catch (error) {
    // EPERM: members are left, but none that we may signal (a set-uid program).
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** On Linux; elsewhere none. */
export function groupMembers(pgid: number): number[] {
  return allProcesses().flatMap(({ pid, group }) => (group === pgid ? [pid] : []))
}

/**
 * Whether a process of the group still runs.
 *
 * One system call when the group has gone, which is the rule. Only otherwise, on Linux, /proc is read: a container's
 * first process often never reaps, and zombies would keep the group there for ever.
 *
 * @param but members that do not count
 */
export function groupLives(pgid: number, but: ReadonlySet<number>): boolean {
  if (!signalGroup(pgid, 0)) return false
  return process.platform !== 'linux' || groupMembers(pgid).some((pid) => !but.has(pid))
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
