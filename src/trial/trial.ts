import type { AttemptEnd } from '../protocol/attempt-end.ts'
import type { Params } from '../space/domain.ts'
import type { SweepControl } from './control.ts'
import type { PlaceWanted, Retry, Shortage } from './retry.ts'
import type { NotedBudget } from './search-budget.ts'
import type { TrialState } from './states.ts'
import type { SweepSpec } from './sweep-spec.ts'

/** One process (or Slurm job) that worked on a trial. Times are milliseconds since 1970. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  readonly startedAt: number
  readonly slot: string
  readonly endedAt?: number
  readonly end?: AttemptEnd
  /** Milliseconds that it ran, by a clock that does not jump; absent = only its times are known. */
  readonly tookMs?: number
  /** GPUs that it had; shares of one count as such. Absent = none, or not known. */
  readonly gpus?: number
  readonly exitCode?: number
  readonly signal?: string
  /** In words, for people: what a dead process said last and where its logs are. */
  readonly reason?: string
  /** What its executor needs to find it again. */
  readonly handle?: unknown
  /** What it was to be given of the machine, after an earlier attempt ran out of memory. */
  readonly wants?: PlaceWanted
  /** Parameters that it was given another value of than its configuration has; see `out_of_memory` of sweep files. */
  readonly params?: Params
  /** Which memory it ran out of; only with the end `out-of-memory`. */
  readonly shortage?: Shortage
  /** The attempt that was decided to follow, by policy; absent when none was, or when one follows without counting. */
  readonly retry?: Retry
  /** The most that was measured of it; `gpuBytes` on the GPU where it was most. Absent = it was not seen. */
  readonly peak?: { readonly gpuBytes: number }
  /** Bytes of stdout and stderr when it had ended: what a later attempt writes begins there. */
  readonly logBytes?: readonly [stdout: number, stderr: number]
  /** Its trial failed with it; an attempt that follows was asked for by a person. */
  readonly failed?: true
}

/** Params without the seed; what is ranked. */
export interface Configuration {
  /** 0, 1, 2 ... in the order proposed. */
  readonly number: number
  readonly params: Params
  /** Why the race gives it no further seed; absent = it may get one. */
  readonly eliminated?: string
  /** Its line in the journal was corrupt: `params` is empty, nothing of it is ranked and no trial of it is started. */
  readonly lost?: true
}

/** One configuration with one seed. */
export interface Trial {
  /** 0, 1, 2 ... inside its sweep. */
  readonly number: number
  readonly configuration: number
  readonly seed: number
  readonly state: TrialState
  readonly attempts: readonly Attempt[]
  /** Reports of the sweep's metric in the order they came: [step, value]. NaN and infinities included. */
  readonly curve: readonly (readonly [step: number, value: number])[]
  /** Last value of every metric; a `result` event wins. */
  readonly metrics: Readonly<Record<string, number>>
  /** The metric's value for ranking; only completed trials have one, and it may be NaN. */
  readonly value?: number
  /** 0 to 1, as the trainer said. */
  readonly progress?: number
  /** Content address: trainer + params + seed + data + code version. */
  readonly address?: string
  /** `gamma-grid.1/17` when an identical trial of an earlier sweep answered this one. */
  readonly reusedFrom?: string
  /** Why it failed, was pruned, paused, cancelled, or went on after a pause. */
  readonly reason?: string
  /** What the pruner has said of its running attempt, whose end is not told yet. */
  readonly verdict?: { readonly action: 'stop' | 'pause'; readonly reason: string }
}

/** Something that people should know of a sweep, or of one of its trials. */
export interface SweepNote {
  readonly at: number
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  readonly trial?: number
}

export type SweepState = 'running' | 'stopped' | 'finished'

/** What ended a sweep, or stopped it for now; absent = it came to its end by itself. */
export type StoppedBy = 'person' | 'failures' | 'target' | 'machine' | 'budget' | 'settled'

/**
 * Everything known of a sweep at one moment; what status, reports, ensembles and history are made from.
 * `trials[i].number === i` and `configurations[i].number === i`.
 */
export interface SweepSnapshot {
  readonly id: string
  readonly spec: SweepSpec
  readonly state: SweepState
  /** In words, when stopped or finished early. */
  readonly stateReason?: string
  readonly stoppedBy?: StoppedBy
  readonly startedAt: number
  readonly endedAt?: number
  /** Sampler's place after the last proposal; undefined = at the start. */
  readonly cursor?: number
  /** The sampler has nothing more to propose. */
  readonly exhausted: boolean
  readonly configurations: readonly Configuration[]
  readonly trials: readonly Trial[]
  readonly notes: readonly SweepNote[]
  /** What a person has changed since the start; absent = nothing. */
  readonly control?: SweepControl
  /** What samplers and races are told of the budget; absent = nothing was decided yet. */
  readonly search?: NotedBudget
  /** What produced it: versions, host, GPUs, git commit, data hash. */
  readonly provenance: Readonly<Record<string, string>>
}
