import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { ProcessEnd } from './attempt-record.ts'
import type { AttemptTree } from './attempt-tree.ts'
import { endTree } from './end-tree.ts'
import type { StartRequest } from './keeper-channel.ts'
import { type KillCount, memoryKill } from './memory-killer.ts'
import type { ProcessLooks } from './process-looks.ts'
import { strayNote } from './status-in-words.ts'

/** Processes of an attempt get this long to follow their main process, before they are told to. */
const SETTLE_MS = 100
/** The end of an attempt that lived this long is told when what left its group was looked for; of others, before. */
const LOOK_FIRST_MS = 1000

/** An attempt as its keeper has it. */
export interface Running {
  readonly request: StartRequest
  readonly child: ChildProcess
  readonly tree: AttemptTree
  /** performance.now() at the spawn. */
  readonly since: number
  /** Date.now() at the spawn. */
  readonly at: number
  /** The line `started` is written. */
  identified: boolean
  /** What the kernel had counted when it began. */
  kills?: KillCount | undefined
  /** Set once its main process has ended. */
  end?: ProcessEnd
  /** We have told it to end, so that no signal needs to be explained. */
  stopped?: true
  ending?: Promise<void>
}

/** Whether the end may be told only when we have looked what is left of it, or why it was killed. */
export function needsALook({ end, tree }: Running): boolean {
  return end !== undefined && (end.after >= LOOK_FIRST_MS || wasKilled(end) || tree.lives())
}

/** Ends what runs of an attempt, all of it: at once when it was told to, otherwise what its main process has left behind. */
export async function endWhole(it: Running, looks: ProcessLooks): Promise<void> {
  const { tree, request, child } = it
  let strays: readonly string[] = []
  const byItself = { settleMs: SETTLE_MS, strays: (found: readonly string[]) => (strays = found) }
  await endTree({ tree, looks, graceMs: request.graceMs, ...(it.stopped ? {} : byItself) })
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  const end = it.end as ProcessEnd
  const note = strayNote(strays, tree.untouchable())
  const memory = it.stopped || !wasKilled(end) ? undefined : await memoryKillOf(it, end)
  const counted = !it.stopped && wasKilled(end) && it.kills !== undefined
  const why = memory !== undefined ? { memory } : counted ? { notMemory: true as const } : {}
  it.end = { ...end, ...why, ...(note === undefined ? {} : { note }) }
}

/** By a shell's account, too. */
function wasKilled({ code, signal }: ProcessEnd): boolean {
  return signal === 'SIGKILL' || code === 128 + constants.signals.SIGKILL
}

function memoryKillOf({ tree, kills }: Running, { after }: ProcessEnd): Promise<string | undefined> {
  return memoryKill({ knows: (pid) => tree.knows(pid), lived: after, kills })
}
