import { createHash } from 'node:crypto'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Params } from '../space/domain.ts'
import type { TrainerSpec } from './sweep-spec.ts'

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
export function trialAddress(parts: AddressParts): string {
  return createHash('sha256').update(canonicalJson(parts)).digest('hex')
}
