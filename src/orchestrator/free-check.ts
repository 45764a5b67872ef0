import { duration } from '../base/human-readable.ts'
import { type FreeCheck, type Holder, holderInWords } from '../gpus/holder.ts'
import type { Slot } from '../gpus/slot.ts'
import type { SeatCheck } from './gpu-state.ts'
import { trialDirOf } from './prepare-attempt.ts'
import { type RunningAttempt, record, type Seat, type SweepLoop } from './sweep-loop.ts'

// A slot between two attempts, where its GPUs' memory can be seen:
//
//   attempt ended -> checking -> free (the slot is as good as new)
//                        \-> held: quarantined, looked at again after a while, until it is free

/** An attempt that ended before this many milliseconds had no time to make a CUDA context. */
const TOO_SHORT_MS = 100
/** Milliseconds until what is held is looked at again. */
const LOOK_AGAIN_MS: readonly number[] = [2000, 5000, 15_000, 30_000, 60_000]

/** Names an attempt to the watch on GPU memory, as the environment of its processes does. */
export function memoryKey(trialDir: string, attempt: number): string {
  return `${trialDir}#${attempt}`
}

/** From now on the memory of an attempt is watched, where it can be seen. */
export function watchMemory(loop: SweepLoop, { trial, attempt, seat }: RunningAttempt): void {
  const { memory } = loop.slots
  if (memory === undefined || seat === undefined || !memory.canWatch(seat.slot)) return
  memory.onProblem ??= (problem) => {
    loop.gpus.problem = problem
  }
  memory.begin(memoryKey(trialDirOf(loop.sweepDir, trial), attempt), seat.slot)
}

/** An attempt has left its slot: asks at once whether its memory is free. The answer wakes the loop. */
export function checkFreed(loop: SweepLoop, run: RunningAttempt, seat: Seat): void {
  const { trial, attempt, since } = run
  const { memory } = loop.slots
  if (memory === undefined || !memory.canWatch(seat.slot)) return
  const key = memoryKey(trialDirOf(loop.sweepDir, trial), attempt)
  const peakBytes = memory.peakOf(key)
  if (peakBytes !== undefined) run.peakBytes = peakBytes
  if (loop.clock.monotonic() - since < TOO_SHORT_MS) {
    memory.forget(key)
    return
  }
  seat.check = { trial, key, since: loop.clock.now() }
  ask(loop, seat.check)
}

function ask(loop: SweepLoop, check: SeatCheck, patienceMs?: number): void {
  loop.slots.memory?.end(check.key, patienceMs).then((answer) => {
    check.answer = answer
    loop.wake.up()
  })
}

/** Deals with the answers that came since the last turn. Costs nothing on slots without GPUs. */
export function settleChecks(loop: SweepLoop): void {
  if (loop.slots.memory === undefined) return
  sayProblem(loop)
  for (const seat of loop.seats) {
    const { check } = seat
    if (check?.answer !== undefined) settle(loop, seat, check)
    else if (check?.held !== undefined && loop.clock.monotonic() >= check.held.lookAt) lookAgain(loop, check)
  }
}

function lookAgain(loop: SweepLoop, check: SeatCheck): void {
  const { looks = 0 } = check.held ?? {}
  check.held = { lookAt: Number.POSITIVE_INFINITY, looks }
  ask(loop, check, 0)
}

function settle(loop: SweepLoop, seat: Seat, check: SeatCheck): void {
  const { holders } = check.answer as FreeCheck
  const { held } = check
  delete check.answer
  if (holders.length === 0) {
    delete seat.check
    if (held !== undefined) takeBack(loop, seat, check)
    return
  }
  const looks = (held?.looks ?? 0) + 1
  const pause = LOOK_AGAIN_MS[Math.min(looks, LOOK_AGAIN_MS.length) - 1] as number
  check.held = { lookAt: loop.clock.monotonic() + pause, looks }
  if (held === undefined) quarantine(loop, seat, { check, holders })
}

function quarantine(
  loop: SweepLoop,
  { slot }: Seat,
  { check, holders }: { readonly check: SeatCheck; readonly holders: readonly Holder[] },
): void {
  const held = holders.map((holder) => `${nameOf(slot, holder)} ${holderInWords(holder)}`).join('; ')
  const text = `${slot.id} is not used for now: memory that trial ${check.trial} had is still held, on ${held}.`
  record(loop, { type: 'note', level: 'warn', text, trial: check.trial })
  loop.slots.quarantine?.(
    slot,
    held,
    holders.flatMap(({ pid }) => pid ?? []),
  )
}

function nameOf({ gpus }: Slot, holder: Holder): string {
  const index = gpus.find(({ gpu }) => gpu.uuid === holder.gpu)?.gpu.index
  return index === undefined ? holder.gpu : `GPU ${index}`
}

function takeBack(loop: SweepLoop, { slot }: Seat, { since, trial }: SeatCheck): void {
  loop.slots.endQuarantine?.(slot)
  loop.gpus.allHeldSaid = false
  const text = `${slot.id} is used again: the memory that trial ${trial} left behind was free after ${duration(loop.clock.now() - since)}.`
  record(loop, { type: 'note', level: 'info', text })
}

/** Said once, when the last slot of a sweep with work to do is held. */
export function sayWhenAllAreHeld(loop: SweepLoop): void {
  const { seats, waiting, running, gpus } = loop
  if (gpus.allHeldSaid || running.size > 0 || waiting.length === 0 || seats.length === 0) return
  if (!seats.every(({ check }) => check?.held !== undefined)) return
  gpus.allHeldSaid = true
  const text =
    'All GPUs of this sweep still have memory of trials that ended. Trials wait and go on as soon as one is free; ' +
    'end the processes that hold it, or stop the sweep.'
  record(loop, { type: 'note', level: 'error', text })
}

/** Whether the sweep must not end yet: somebody else might get a GPU that is not free. */
export function isChecking({ seats, killed }: SweepLoop): boolean {
  return !killed && seats.some(({ check }) => check !== undefined && check.held === undefined)
}

function sayProblem(loop: SweepLoop): void {
  const { gpus } = loop
  const { problem } = gpus
  delete gpus.problem
  if (problem === undefined || gpus.problemSaid) return
  gpus.problemSaid = true
  const text = `The memory of GPUs cannot be seen: ${problem} Slots are used again without a look.`
  record(loop, { type: 'note', level: 'warn', text })
}
