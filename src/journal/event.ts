import type { AttemptEnd } from '../protocol/attempt-end.ts'
import type { Params } from '../space/domain.ts'
import type { Budget } from '../trial/control.ts'
import type { NotedBudget } from '../trial/search-budget.ts'
import type { TrialState } from '../trial/states.ts'
import type { Attempt, StoppedBy, SweepState } from '../trial/trial.ts'

/** Raised when an older release could misread a newer journal; older journals stay readable for ever. */
export const JOURNAL_FORMAT = 1

/**
 * One line of journal.ndjson. `t` = milliseconds since 1970, for people only: order is the order of lines.
 * NaN and infinities are written as the strings "NaN", "Infinity" and "-Infinity".
 */
export type JournalEvent = { readonly t: number } & (
  | {
      /** First line of every journal. */
      readonly type: 'sweep-created'
      readonly format: number
      readonly id: string
      readonly provenance: Readonly<Record<string, string>>
    }
  | {
      readonly type: 'sweep-state'
      readonly state: SweepState
      readonly reason?: string
      readonly by?: StoppedBy
    }
  | {
      /** What a person asked of the running sweep, now that it is heeded. Absent = as before, null = no longer. */
      readonly type: 'sweep-control'
      readonly paused?: boolean
      /** null = again as the sweep file and the machine have it. */
      readonly slots?: number | null
      readonly mostSlots?: number
      readonly until?: number | null
      /** Trials that are not made yet and are cancelled as soon as they are. */
      readonly skip?: readonly number[]
      readonly budget?: Budget
      /** Milliseconds that the sweep has run in all. */
      readonly ranMs?: number
    }
  | {
      readonly type: 'configuration-proposed'
      readonly configuration: number
      readonly params: Params
      readonly cursor?: number
    }
  | { readonly type: 'space-exhausted' }
  /** What samplers and races are told of the budget from here on; written whenever it changes. */
  | ({ readonly type: 'search-budget' } & NotedBudget)
  | {
      /** The race is over for it. */
      readonly type: 'configuration-eliminated'
      readonly configuration: number
      readonly reason: string
    }
  | {
      /** The pruner's verdict on a running trial, when it was given; its end follows later. */
      readonly type: 'verdict'
      readonly trial: number
      readonly action: 'stop' | 'pause'
      readonly reason: string
    }
  | {
      readonly type: 'trial-created'
      readonly trial: number
      readonly configuration: number
      readonly seed: number
      readonly address?: string
    }
  | {
      /** Durable before the process starts: after a crash the trial is looked for, never started twice. */
      readonly type: 'attempt-started'
      readonly trial: number
      readonly attempt: number
      readonly slot: string
      readonly gpus?: number
      readonly wants?: NonNullable<Attempt['wants']>
      readonly params?: Params
    }
  | { readonly type: 'attempt-handle'; readonly trial: number; readonly attempt: number; readonly handle: unknown }
  | {
      /** The sweep's metric only; everything else stays in the trial's own event file. */
      readonly type: 'reported'
      readonly trial: number
      readonly step: number
      readonly value: number
      /** The pruner was not asked: its attempt was being ended, or had ended. Only in sweeps that have one. */
      readonly late?: true
    }
  | {
      /** Appended together with the `trial-state` that follows from it: without that one, a reader takes it as not said. */
      readonly type: 'attempt-ended'
      readonly trial: number
      readonly attempt: number
      readonly end: AttemptEnd
      readonly exitCode?: number
      readonly signal?: string
      readonly tookMs?: number
      readonly reason?: string
      readonly shortage?: NonNullable<Attempt['shortage']>
      readonly retry?: NonNullable<Attempt['retry']>
      readonly logBytes?: NonNullable<Attempt['logBytes']>
      readonly peak?: NonNullable<Attempt['peak']>
    }
  | {
      readonly type: 'trial-state'
      readonly trial: number
      readonly state: TrialState
      readonly reason?: string
      readonly value?: number
      readonly metrics?: Readonly<Record<string, number>>
      readonly reusedFrom?: string
    }
  | {
      readonly type: 'note'
      readonly level: 'info' | 'warn' | 'error'
      readonly text: string
      readonly trial?: number
    }
)
