import { allProcesses, environmentOf, type SeenProcess, seenProcess, withDescendants } from '../base/process-tree.ts'
import { VARIABLE } from './attempt-environment.ts'

/** Which attempt a process belongs to. */
export interface AttemptMark {
  /** Absolute. */
  readonly trialDir: string
  readonly attempt: number
}

const NAMES = [VARIABLE.trialDir, VARIABLE.attempt]

/** What a process's environment says, which it hands on to all that it starts. Linux only: elsewhere undefined. */
export function attemptMarkOf(pid: number): AttemptMark | undefined {
  const [trialDir, attempt] = environmentOf(pid, NAMES)
  return trialDir === undefined || attempt === undefined ? undefined : { trialDir, attempt: Number(attempt) }
}

/**
 * The processes of an attempt that run now: those that carry its mark, and everything below them, so that one whose
 * environment was cleared is found as long as its parents live. A few ms on a machine with some hundred processes.
 *
 * @returns pids; none on other systems than Linux
 */
export function attemptProcesses(
  trialDir: string,
  attempt: number,
  all: readonly SeenProcess[] = allProcesses(),
): number[] {
  const marked = all.filter(({ pid }) => {
    const mark = attemptMarkOf(pid)
    return mark?.trialDir === trialDir && mark.attempt === attempt
  })
  return withDescendants(new Set(marked.map(({ pid }) => pid)), all).map(({ pid }) => pid)
}

/**
 * The attempt that a process belongs to, by its own mark or by that of the nearest process above it. For a few pids at
 * hand (such as those that a GPU driver names) far cheaper than {@link attemptProcesses}.
 */
export function attemptOfProcess(pid: number): AttemptMark | undefined {
  for (let it = seenProcess(pid); it !== undefined; it = seenProcess(it.parent)) {
    const mark = attemptMarkOf(it.pid)
    if (mark !== undefined) return mark
  }
  return undefined
}
