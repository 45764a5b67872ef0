import type { Slot } from '../gpus/slot.ts'
import { type OutOfMemory, outOfMemoryOf } from '../protocol/out-of-memory.ts'
import type { Shortage } from '../trial/retry.ts'
import { logTail } from './log-tail.ts'
import type { RunningAttempt, SweepLoop } from './sweep-loop.ts'
import type { Ended } from './watch.ts'

/** That an attempt ran out of memory, and what says so. */
export interface FoundShortage {
  readonly shortage: Shortage
  /** The line of its output; absent when the kernel's own count said it. */
  readonly line?: string
  /** The line speaks of a GPU's memory, but the attempt was given no GPU. */
  readonly ofForeignGpu?: true
}

/**
 * Whether an attempt that ended badly did so because memory was short: the executor may know, otherwise what it
 * printed last tells.
 */
export function shortageOf(loop: SweepLoop, run: RunningAttempt, ended: Ended): FoundShortage | undefined {
  const { exitCode, signal } = ended
  const { stdout, stderr } = logTail(loop, run)
  const how = { ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) }
  // Many a program logs everything to stdout, its last words included.
  const said = outOfMemoryOf({ ...how, lines: stderr }) ?? outOfMemoryOf({ ...how, lines: stdout })
  if (ended.end === 'out-of-memory')
    return withLine(shortageIn(loop, run, ended.memory ?? said?.memory ?? 'host'), said)
  if (said === undefined) return undefined
  const shortage = shortageIn(loop, run, said.memory)
  const isForeign = said.memory === 'gpu' && shortage.memory === 'host'
  return { ...withLine(shortage, said), ...(isForeign ? { ofForeignGpu: true as const } : {}) }
}

function withLine(shortage: Shortage, said: OutOfMemory | undefined): FoundShortage {
  return { shortage, ...(said === undefined ? {} : { line: said.line }) }
}

function shortageIn(loop: SweepLoop, run: RunningAttempt, memory: OutOfMemory['memory']): Shortage {
  const slot = slotOf(loop, run)
  const gpus = slot?.gpus ?? []
  const onGpu = gpus.length > 0 && (memory === 'gpu' || memory === 'either')
  if (memory === 'heap') return { memory, alone: true }
  if (!onGpu) return { memory: 'host', alone: loop.running.size === 0 }
  const { wants } = loop.journal.snapshot.trials[run.trial]?.attempts.at(-1) ?? {}
  const alone = wants !== undefined || gpus.every(({ share }) => share >= 1)
  const gpuBytes = Math.min(...gpus.map(({ gpu }) => gpu.memoryBytes))
  return { memory: 'gpu', alone, ...(gpuBytes > 0 ? { gpuBytes } : {}) }
}

/** An adopted attempt may run on a slot that is not ours any more. */
function slotOf({ journal, slots }: SweepLoop, { trial, seat }: RunningAttempt): Slot | undefined {
  if (seat !== undefined) return seat.slot
  const id = journal.snapshot.trials[trial]?.attempts.at(-1)?.slot
  return slots.slots.find((slot) => slot.id === id)
}
