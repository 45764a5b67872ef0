import type { Attempt, SweepSnapshot } from '../trial/trial.ts'

/** One attempt as a stretch of time on a slot; milliseconds since 1970. */
export interface Stretch {
  readonly slot: string
  readonly trial: number
  readonly start: number
  readonly end: number
  readonly attempt: Attempt
}

export interface TimeFacts {
  readonly start: number
  readonly end: number
  /** From the first sign of the sweep to the last, pauses between stop and resume included. */
  readonly wallMs: number
  /** Time of attempts on slots with a GPU, by share of it (two trials on one GPU count half each). */
  readonly gpuMs: number
  /** Time of attempts on slots without one. */
  readonly cpuMs: number
  /** Share of the slots' time that was used, between the first start and the last end; undefined without attempts. */
  readonly utilisation: number | undefined
  readonly stretches: readonly Stretch[]
  readonly slots: readonly string[]
}

export function timeFacts(snapshot: SweepSnapshot): TimeFacts {
  const last = lastMoment(snapshot)
  const stretches = snapshot.trials.flatMap((trial) =>
    trial.attempts.map((attempt) => ({
      slot: attempt.slot,
      trial: trial.number,
      start: attempt.startedAt,
      end: Math.max(attempt.startedAt, attempt.endedAt ?? last),
      attempt,
    })),
  )
  const slots = [...new Set(stretches.map(({ slot }) => slot))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )
  const used = (wanted: (slot: string) => boolean) =>
    stretches.filter(({ slot }) => wanted(slot)).reduce((sum, { start, end }) => sum + end - start, 0)
  const onGpu = (slot: string) => slot.startsWith('gpu')
  const start = stretches.reduce((first, s) => Math.min(first, s.start), snapshot.startedAt)
  const span = last - stretches.reduce((first, s) => Math.min(first, s.start), last)
  const busy = used(() => true)
  return {
    start,
    end: last,
    wallMs: Math.max(0, last - start),
    gpuMs: stretches
      .filter(({ slot }) => onGpu(slot))
      .reduce((sum, s) => sum + (s.end - s.start) / sharesOf(s.slot, slots), 0),
    cpuMs: used((slot) => !onGpu(slot)),
    utilisation: slots.length === 0 || span <= 0 ? undefined : Math.min(1, busy / (span * slots.length)),
    stretches,
    slots,
  }
}

/** `gpu0.1` is a share of gpu0: as many shares as slots of that GPU were seen. */
function sharesOf(slot: string, slots: readonly string[]): number {
  const device = slot.split('.')[0]
  return Math.max(1, slots.filter((other) => other.split('.')[0] === device).length)
}

/** When the sweep ended, or the last thing known of one that has not. */
function lastMoment({ endedAt, startedAt, trials, notes }: SweepSnapshot): number {
  if (endedAt !== undefined) return endedAt
  let last = startedAt
  for (const { attempts } of trials) {
    for (const attempt of attempts) last = Math.max(last, attempt.endedAt ?? attempt.startedAt)
  }
  for (const note of notes) last = Math.max(last, note.at)
  return last
}
