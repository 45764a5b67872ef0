import { TrialFailure, UserError } from '../base/errors.ts'
import { roomOnDisk } from './disk-guard.ts'
import { sayWhenAllAreHeld, settleChecks, watchMemory } from './free-check.ts'
import { placeByNeed, withdrawNeeds } from './place-by-need.ts'
import { changesOf } from './placement-wish.ts'
import { prepareAttempt } from './prepare-attempt.ts'
import { type Claim, capacity, endSweep, type RunningAttempt, record, type Seat, type SweepLoop } from './sweep-loop.ts'
import { tellNotStarted } from './tell.ts'
import { closeSeats, giveUpClaims, takeIdleSeats, windDown } from './wind-down.ts'

/** Work that may be claimed ahead, in milliseconds: enough to hide an fsync, too little to unbalance the slots. */
const AHEAD_MS = 50
const MOST_AHEAD = 16
/** An attempt that takes longer than this, in milliseconds, is no place to wait behind. */
const STUCK_MS = 500
/** Milliseconds between two questions for a slot that somebody else holds. */
const ACQUIRE_PAUSE_MS = 1000

/**
 * Puts waiting trials on free slots.
 *
 * A claim (`attempt-started`) must be on disk before its process starts, or a crash between the two could start it
 * twice. Where trials are short, some are claimed ahead, so that one fsync serves many and no slot waits for it.
 */
export async function place(loop: SweepLoop): Promise<void> {
  settleChecks(loop)
  if (loop.ending !== undefined) {
    withdrawNeeds(loop)
    return windDown(loop)
  }
  closeSeats(loop)
  if (!loop.control.mayStart || !roomOnDisk(loop)) {
    withdrawNeeds(loop)
    return giveUpClaims(loop, loop.seats)
  }
  for (const seat of loop.seats)
    if (seat.claims.length + seat.queue.length > 0 && isStuck(loop, seat)) emptyQueue(loop, seat)
  if (loop.slots.place === undefined) takeSeats(loop)
  else placeByNeed(loop)
  const free = loop.seats.filter((seat) => seat.trial === undefined && seat.check === undefined)
  for (const seat of free) if (seat.claims.length === 0) claimFor(loop, seat)
  if (free.some(({ claims }) => (claims[0]?.order ?? 0) > loop.durableClaims)) await makeDurable(loop)
  await startClaimed(loop)
  claimMore(loop)
  releaseIdleSeats(loop)
  sayWhenAllAreHeld(loop)
}

/** Starts what is claimed and remembered on slots that are free. */
export async function startClaimed(loop: SweepLoop): Promise<void> {
  if (loop.ending !== undefined) return
  const claimed = loop.seats.filter(({ claims }) => claims.length > 0)
  if (claimed.length > 0) await Promise.all(claimed.map((seat) => fill(loop, seat)))
}

async function fill(loop: SweepLoop, seat: Seat): Promise<void> {
  while (loop.ending === undefined && hasRoom(loop, seat)) {
    const [claim] = seat.claims
    if (claim === undefined || claim.order > loop.durableClaims) return
    seat.claims.shift()
    await startAttempt(loop, seat, claim)
  }
}

/** With very short trials, also behind the one that runs. */
function hasRoom(loop: SweepLoop, seat: Seat): boolean {
  if (seat.trial === undefined) return seat.check === undefined
  if (loop.executor.canQueue?.(seat.slot.id) !== true || seat.queue.length >= claimsAhead(loop)) return false
  // An executor cannot put anything behind what it did not start itself.
  const run = loop.running.get(seat.trial)
  return run !== undefined && run.adopted !== true && !isStuck(loop, seat)
}

/** Its attempt turned out to be longer than those before. */
function isStuck({ running, clock }: SweepLoop, { trial }: Seat): boolean {
  const run = trial === undefined ? undefined : running.get(trial)
  return run !== undefined && clock.monotonic() - run.since > STUCK_MS
}

/** Trials that wait behind a long one go back to where any slot can take them. */
function emptyQueue(loop: SweepLoop, seat: Seat): void {
  giveUpClaims(loop, [seat])
  for (const run of seat.queue) {
    if (run.recalled) continue
    run.recalled = true
    loop.executor.recall?.(run.handle)
  }
}

/** Claims for each slot beside the one that runs on it. */
export function claimsAhead({ typicalMs, slots }: Pick<SweepLoop, 'typicalMs' | 'slots'>): number {
  // A slot that is made for one trial has nothing behind it.
  return typicalMs === undefined || slots.place !== undefined
    ? 0
    : Math.min(MOST_AHEAD, Math.floor(AHEAD_MS / typicalMs))
}

/** Slots are kept from trial to trial and taken only while work waits. */
function takeSeats(loop: SweepLoop): void {
  const { seats, waiting, slots, clock } = loop
  let free = seats.filter((seat) => seat.trial === undefined).length
  while (free < waiting.length && seats.length < capacity(loop) && clock.monotonic() >= loop.nextAcquire) {
    const slot = slots.acquire()
    if (slot === undefined) {
      loop.nextAcquire = clock.monotonic() + ACQUIRE_PAUSE_MS
      if (loop.seats.length === 0) sayThatAllAreTaken(loop)
    } else {
      seats.push({ slot, claims: [], queue: [], sharedWith: new Set() })
      free++
    }
  }
}

function sayThatAllAreTaken(loop: SweepLoop): void {
  if (loop.takenSaid) return
  loop.takenSaid = true
  const text = 'Other sweeps have all slots of this machine; trials wait for one. "sweep gpus" shows who has them.'
  record(loop, { type: 'note', level: 'info', text })
}

/** A slot is given back when nothing is left to put on it. */
function releaseIdleSeats(loop: SweepLoop): void {
  if (loop.waiting.length > 0 || !loop.asked) return
  for (const { slot } of takeIdleSeats(loop)) loop.slots.release(slot)
}

function claimFor(loop: SweepLoop, seat: Seat): void {
  const trial = nextFor(loop, seat)
  if (trial === undefined) return
  const attempts = loop.journal.snapshot.trials[trial]?.attempts ?? []
  const attempt = (attempts.at(-1)?.number ?? 0) + 1
  record(loop, {
    type: 'attempt-started',
    trial,
    attempt,
    slot: seat.slot.id,
    ...gpusOf(seat),
    ...changesOf({ attempts }),
  })
  loop.claimed++
  seat.claims.push({ trial, attempt, order: loop.claimed })
}

function nextFor({ waiting }: SweepLoop, { trialFor }: Seat): number | undefined {
  if (trialFor === undefined) return waiting.shift()
  const at = waiting.indexOf(trialFor)
  return at === -1 ? undefined : waiting.splice(at, 1)[0]
}

/** What a budget of GPU-hours counts. */
function gpusOf({ slot }: Seat): { readonly gpus?: number } {
  const gpus = slot.gpus.reduce((sum, { share }) => sum + share, 0)
  return gpus === 0 ? {} : { gpus }
}

async function makeDurable(loop: SweepLoop): Promise<void> {
  const upTo = loop.claimed
  await loop.journal.durable()
  loop.durableClaims = Math.max(loop.durableClaims, upTo)
}

function claimMore(loop: SweepLoop): void {
  const ahead = claimsAhead(loop)
  if (ahead === 0) return
  const before = loop.claimed
  for (const seat of loop.seats) {
    // Only when the stock has run down by half: each refill costs an fsync.
    if (seat.trial === undefined || seat.closing || seat.claims.length > ahead / 2 || isStuck(loop, seat)) continue
    while (seat.claims.length < ahead && loop.waiting.length > 0) claimFor(loop, seat)
    for (const claim of seat.claims) prepareAhead(loop, seat, claim)
  }
  // A journal that cannot be written says so again at the next append.
  if (loop.claimed > before) makeDurable(loop).catch(() => undefined)
}

/** Folders are made while other trials run. What cannot be prepared is told when its turn has come. */
function prepareAhead(loop: SweepLoop, { slot }: Seat, claim: Claim): void {
  if (claim.prepared !== undefined) return
  try {
    claim.prepared = prepareAttempt(loop, { trial: claim.trial, attempt: claim.attempt, slot })
  } catch {
    delete claim.prepared
  }
}

/** Starts the process of a claimed attempt; what cannot be started is told as a failure. */
async function startAttempt(loop: SweepLoop, seat: Seat, claim: Claim): Promise<void> {
  const { trial, attempt } = claim
  const first = seat.trial === undefined
  if (first) {
    seat.trial = trial
    seat.since = loop.clock.now()
  }
  try {
    const { request, command, reports } = claim.prepared ?? prepareAttempt(loop, { trial, attempt, slot: seat.slot })
    const since = loop.clock.monotonic()
    const handle = await loop.executor.start(request)
    record(loop, { type: 'attempt-handle', trial, attempt, handle: handle.saved })
    share(loop, seat, handle.keptBy)
    const run: RunningAttempt = { trial, attempt, seat, since, command, handle, reports }
    loop.running.set(trial, run)
    watchMemory(loop, run)
    if (!first) seat.queue.push(run)
  } catch (error) {
    if (first) delete seat.trial
    if (error instanceof TrialFailure || error instanceof UserError)
      return tellNotStarted(loop, { trial, attempt }, error)
    // Nothing could be started, so this is not the trial's fault.
    record(loop, { type: 'attempt-ended', trial, attempt, end: 'stopped', reason: messageOf(error) })
    record(loop, { type: 'trial-state', trial, state: 'waiting' })
    endSweep(loop, { state: 'stopped', by: 'machine', reason: messageOf(error), error })
  }
}

/** The slot stays ours while its process lives, also when we do not: then nobody else may start there. */
export function share(loop: SweepLoop, seat: Seat, pid: number | undefined): void {
  if (pid === undefined || seat.sharedWith.has(pid)) return
  seat.sharedWith.add(pid)
  loop.slots.share(seat.slot, pid)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
