import type { Need } from '../gpus/gpu-load.ts'
import type { AttemptEnd } from '../protocol/attempt-end.ts'
import { changesOf, placementWish } from './placement-wish.ts'
import { paramsOf } from './prepare-attempt.ts'
import { capacity, type RunningAttempt, record, type SweepLoop } from './sweep-loop.ts'

/** Milliseconds between two questions for room while nothing of ours has ended. */
const PAUSE_MS = 1000
/** Milliseconds between two looks for strangers while nothing of ours runs. */
const STRANGERS_MS = 10_000
const MOST_NEEDS = 64

/** Takes a slot for each waiting trial that may start now. Each slot is for that trial and given back after it. */
export function placeByNeed(loop: SweepLoop): void {
  const { seats, waiting, slots, clock } = loop
  releaseEmpty(loop)
  // A slot whose memory is still held is no place for a trial, so another one may take its part.
  const most = capacity(loop) - seats.filter(({ check }) => check?.held === undefined).length
  if (waiting.length === 0 || most <= 0) {
    withdrawNeeds(loop)
    return
  }
  if (clock.monotonic() < loop.nextAcquire) return
  loop.gpus.asked = true
  const needs = waiting.slice(0, MOST_NEEDS).map((trial) => needOf(loop, trial))
  const { starts = [], impossible = [] } = slots.place?.(needs, most) ?? {}
  for (const key of impossible) loop.gpus.anySize.add(Number(key))
  for (const { key, slot } of starts) {
    seats.push({ slot, trialFor: Number(key), claims: [], queue: [], sharedWith: new Set() })
  }
  if (starts.length > 0) loop.takenSaid = false
  loop.nextAcquire = clock.monotonic() + PAUSE_MS
  if (starts.length === 0 && impossible.length === 0 && seats.length === 0) waitForOthers(loop)
}

/** Other sweeps must not keep GPUs free for a trial that is not to start now. */
export function withdrawNeeds({ gpus, slots }: SweepLoop): void {
  if (!gpus.asked) return
  gpus.asked = false
  slots.place?.([], 0)
}

/** Slots whose trial has ended, or was taken from them before it began. */
function releaseEmpty(loop: SweepLoop): void {
  const { seats, slots } = loop
  const empty = seats.filter(
    ({ trial, claims, check }) => trial === undefined && claims.length === 0 && check === undefined,
  )
  if (empty.length === 0) return
  for (const seat of empty) {
    seats.splice(seats.indexOf(seat), 1)
    slots.release(seat.slot)
  }
  loop.nextAcquire = 0
}

function needOf(loop: SweepLoop, number: number): Need {
  const trial = loop.journal.snapshot.trials[number]
  const { alone, largerThanBytes } = trial === undefined ? { alone: false } : placementWish(trial)
  const params = { ...paramsOf(loop, number), ...(trial && changesOf(trial).params) }
  const needs = loop.gpuNeeds?.of(params) ?? { gpus: 1 }
  // What no GPU here can give is not waited for.
  const larger = largerThanBytes === undefined || loop.gpus.anySize.has(number) ? {} : { largerThanBytes }
  return {
    key: String(number),
    ...needs,
    ...foreseen(loop, trial?.configuration),
    ...(alone ? { alone } : {}),
    ...larger,
  }
}

/** Durations change the order of trials, so only where that makes no difference to what is found. */
function foreseen({ longestFirst }: SweepLoop, configuration: number | undefined): Pick<Need, 'expectedMs'> {
  const ms = configuration === undefined ? undefined : longestFirst?.typicalMs(configuration)
  return ms !== undefined && ms > 0 ? { expectedMs: ms } : {}
}

function waitForOthers(loop: SweepLoop): void {
  const { slots, clock, gpus } = loop
  if (clock.monotonic() - gpus.strangersAt >= STRANGERS_MS) {
    gpus.strangersAt = clock.monotonic()
    slots.memory?.refresh().then(loop.wake.up)
  }
  if (loop.takenSaid) return
  loop.takenSaid = true
  const text =
    'Others have the GPUs that this sweep may use: sweeps of this machine, or with "polite", anybody. Trials wait; "sweep gpus" shows who has them.'
  record(loop, { type: 'note', level: 'info', text })
}

/** What an attempt showed of its trial's need, for later trials and for its own next attempt. */
export function learnMemory(
  loop: SweepLoop,
  { trial, seat, peakBytes }: RunningAttempt,
  { end, tookMs }: { readonly end: AttemptEnd; readonly tookMs: number },
): void {
  const gpus = seat?.slot.gpus ?? []
  if (loop.gpuNeeds === undefined || gpus.length === 0) return
  if (end !== 'finished' && end !== 'out-of-memory') return
  const limitBytes = Math.min(...gpus.map(({ gpu, share }) => gpu.memoryBytes * share))
  loop.gpuNeeds.learn(paramsOf(loop, trial), {
    ended: end,
    tookMs,
    ...(peakBytes === undefined ? {} : { peakBytes }),
    ...(end === 'out-of-memory' && limitBytes > 0 ? { limitBytes } : {}),
  })
}
