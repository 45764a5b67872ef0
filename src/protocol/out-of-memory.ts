import { MEMORY_MESSAGES, type MemoryMessage } from './memory-messages.ts'

/** What an attempt's output says about the memory that it ran out of. */
export interface OutOfMemory {
  readonly memory: MemoryMessage['memory']
  /** The line that says so, trimmed. */
  readonly line: string
  /** Who prints it: `PyTorch`. */
  readonly from: string
}

/** How a process that ended badly did so, and what it printed last. */
export interface BadEnd {
  readonly exitCode?: number
  readonly signal?: string
  /** The end of stdout and of stderr, without colour codes. */
  readonly lines: readonly string[]
}

/** Most output has none of these, and a failure must not cost more than a few milliseconds. */
const WORTH_A_LOOK = /memory|alloc|oom|killed|sigkill|signal 9|code = -9|batch size found|heap|gib/i

/** An exception of Python as its interpreter prints it, whichever process of several it was. */
const PYTHON_ERROR = /^(?:\[rank\d+\]: ?)?(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)\b(?::|$)/
/** Exceptions that only pass on what happened in another process. */
const CARRIER =
  /ChildFailedError|CalledProcessError|ProcessRaisedException|ProcessExitedException|BrokenProcessPool|RayTaskError|RayActorError|[Ss]ee root cause/
const CHAINED =
  /^(?:\[rank\d+\]: ?)?(?:During handling of the above exception|The above exception was the direct cause)/

/**
 * Whether a process ended because memory was short, told from what it printed. Called for attempts that ended badly
 * only: many a trainer that goes on well has said one of these lines and has caught it.
 *
 * @returns undefined when nothing says so; that is no proof that there was enough
 */
export function outOfMemoryOf(end: BadEnd): OutOfMemory | undefined {
  const { lines } = end
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i] as string
    if (!WORTH_A_LOOK.test(line)) continue
    const message = MEMORY_MESSAGES.find((it) => says(it, line, end))
    if (message === undefined) continue
    return diedOfSomethingElse(lines.slice(i + 1)) ? undefined : found(message, line)
  }
  return undefined
}

function says({ pattern, but, exitCode }: MemoryMessage, line: string, end: BadEnd): boolean {
  if (exitCode !== undefined && exitCode !== end.exitCode) return false
  return pattern.test(line) && but?.test(line) !== true
}

function found({ memory, from, onCpu }: MemoryMessage, line: string): OutOfMemory {
  return { memory: onCpu?.test(line) ? 'host' : memory, line: line.trim(), from }
}

/** It had caught that error, gone on, and met another one. */
function diedOfSomethingElse(after: readonly string[]): boolean {
  const other = after.findIndex((line) => PYTHON_ERROR.test(line) && !CARRIER.test(line))
  return other !== -1 && !after.slice(0, other).some((line) => CHAINED.test(line))
}
