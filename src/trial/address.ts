import { createHash } from 'node:crypto'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Params } from '../space/domain.ts'
import type { TrainerSpec } from './sweep-spec.ts'

/** What all trials of a sweep have in common. */
type CommonParts = Pick<AddressParts, 'trainer' | 'code'>

/** Everything that decides what a trial's answer is. */
export interface AddressParts {
  readonly trainer: TrainerSpec
  /** Of the space and fixed ones, as the trainer gets them. */
  readonly params: Params
  readonly seed: number
  /** Hash of the data files; absent when the trainer's data is not known to us. */
  readonly data?: string
  /** Version of the code that runs: a git commit with its dirty diff, or a release. */
  readonly code: string
}

/** The trial's content address: equal addresses give equal answers, so an earlier one can be reused. 64 hex digits. */
export type TrialAddress = (own: Omit<AddressParts, keyof CommonParts>) => string

/** @returns what makes addresses; what all trials have in common is written out once */
export function trialAddresses({ trainer, code }: CommonParts): TrialAddress {
  const [codeJson, trainerJson] = [canonicalJson(code), canonicalJson(trainer)]
  return ({ params, seed, data }) => {
    const own = canonicalJson({ ...(data === undefined ? {} : { data }), params, seed }).slice(1, -1)
    // The canonical JSON of all the parts: their names happen to surround those of the trial's own.
    return createHash('sha256').update(`{"code":${codeJson},${own},"trainer":${trainerJson}}`).digest('hex')
  }
}
