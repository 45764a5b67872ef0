import type { NewEvent } from '../journal/journal.ts'
import type { Trial } from '../trial/trial.ts'

/** What a trial that ran out of memory needs of its next place. */
export interface PlacementWish {
  /** Nothing else may run on its GPUs while it does. */
  readonly alone: boolean
  /** Each of its GPUs must have more memory than this, in bytes. There is at least one such GPU in the pool. */
  readonly largerThanBytes?: number
}

/** Pure and cheap: to be asked for each trial that is about to be placed. */
export function placementWish(trial: Pick<Trial, 'attempts'>): PlacementWish {
  const { wants } = changesOf(trial)
  if (wants !== 'larger') return { alone: wants === 'alone' }
  const gpuBytes = trial.attempts.findLast(({ shortage }) => shortage !== undefined)?.shortage?.gpuBytes
  return { alone: true, ...(gpuBytes === undefined ? {} : { largerThanBytes: gpuBytes }) }
}

type Changes = Pick<Extract<NewEvent, { type: 'attempt-started' }>, 'wants' | 'params'>

/** What the next attempt's `attempt-started` says beside its place: decided at the end of the attempt before. */
export function changesOf({ attempts }: Pick<Trial, 'attempts'>): Changes {
  const last = attempts.at(-1)
  // A preempted or stopped attempt decides nothing new: what it was given holds on.
  const { wants, params } = last?.retry ?? last ?? {}
  return { ...(wants === undefined ? {} : { wants }), ...(params === undefined ? {} : { params }) }
}
