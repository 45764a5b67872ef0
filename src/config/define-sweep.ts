import type { Distribution, ParamValue } from '../space/domain.ts'
import type { NoticeEvent } from '../trial/sweep-spec.ts'

/** When a parameter exists: each named parameter has the value, or one of the values. */
export type WhenDefinition = { readonly [parameter: string]: ParamValue | readonly ParamValue[] }

/** One parameter, with W&B's keys. */
export interface ParameterDefinition {
  readonly distribution?: Distribution
  readonly value?: ParamValue
  readonly values?: readonly ParamValue[]
  readonly probabilities?: readonly number[]
  /** Whole `min` and `max` without a `distribution` make a range of whole numbers. */
  readonly min?: number
  readonly max?: number
  readonly q?: number
  readonly mu?: number
  readonly sigma?: number
  readonly a?: number
  readonly b?: number
  /** Nested parameters; their values come out as one object. */
  readonly parameters?: { readonly [name: string]: ParameterDefinition }
  readonly when?: WhenDefinition
}

/** A name, or a name with options. */
export type ChoiceDefinition = string | { readonly name: string; readonly [option: string]: unknown }

/** Whom to tell, of what. */
export interface NotifyDefinition {
  readonly to: 'command' | 'webhook' | 'email' | 'ntfy'
  readonly on?: NoticeEvent | readonly NoticeEvent[]
  /** Seconds without progress, or text such as `30min`. */
  readonly stalled?: number | string
  readonly [option: string]: unknown
}

/** Everything that a sweep file may say, in TypeScript; docs/sweep-files.md explains each key. */
export interface SweepDefinition {
  readonly description?: string
  readonly name?: string
  readonly method: ChoiceDefinition
  readonly metric?: {
    readonly name: string
    readonly goal?: 'minimize' | 'maximize'
    readonly target?: number
    readonly value?: 'last' | 'best'
  }
  /** Several metrics that are optimised together, the main one first; instead of `metric`. */
  readonly metrics?: readonly {
    readonly name: string
    readonly goal?: 'minimize' | 'maximize'
    readonly target?: number
    readonly value?: 'last' | 'best'
  }[]
  /** What a configuration must keep to in order to win, by metric. */
  readonly limits?: { readonly [metric: string]: { readonly min?: number; readonly max?: number } }
  /** No more configurations are proposed once they are expected to improve the best by less than this. */
  readonly stop?: { readonly expected_improvement: number } | { readonly expectedImprovement: number }
  readonly parameters?: { readonly [name: string]: ParameterDefinition }
  readonly space?: string | readonly string[]
  readonly zip?: readonly (readonly string[])[]
  readonly constraints?: readonly (
    | { readonly forbid: { readonly [parameter: string]: ParamValue | readonly ParamValue[] } }
    | { readonly require: string }
  )[]
  readonly params?: { readonly [name: string]: ParamValue }
  readonly seeds?: number | readonly number[]
  readonly trainer?: 'text-classifier'
  readonly program?: string
  readonly command?: readonly (string | number)[]
  readonly env?: { readonly [name: string]: string | number | boolean }
  readonly pruner?: ChoiceDefinition
  readonly race?: ChoiceDefinition
  readonly executor?: ChoiceDefinition
  readonly resources?: {
    readonly gpus?: number | 'auto'
    readonly cpus?: number
    readonly nice?: number
    readonly pin_cpus?: boolean
    /** Bytes, text such as `10GiB`, or `auto`: learned from trials before. */
    readonly gpu_memory?: number | string
    readonly most_per_gpu?: number
    readonly prefer?: readonly (number | string)[]
    readonly polite?: boolean
  }
  readonly run_cap?: number
  /** `wall_time` in seconds, or text such as `8h`. */
  readonly budget?: { readonly trials?: number; readonly gpu_hours?: number; readonly wall_time?: number | string }
  readonly parallel?: number
  readonly targets?: {
    readonly [metric: string]:
      | number
      | { readonly minimum?: number; readonly good?: number; readonly excellent?: number }
  }
  readonly ensemble?: { readonly top?: number }
  readonly report?: { readonly formats?: readonly string[]; readonly pattern?: string }
  /** Seconds, or text such as `90s` and `2h`. */
  readonly grace?: number | string
  /** Seconds, or text such as `90s` and `2h`. */
  readonly time_limit?: number | string
  readonly max_failures?: number
  /** What becomes of running trials when the orchestrator dies. */
  readonly on_orchestrator_death?: 'continue' | 'stop'
  /** Attempts that follow one that ended so; `backoff` in seconds, or text such as `10s`. */
  readonly retry?: {
    readonly crashed?: number
    readonly out_of_memory?: number
    readonly outOfMemory?: number
    readonly preempted?: number
    readonly lost?: number
    readonly timed_out?: number
    readonly timedOut?: number
    readonly backoff?: number | string
  }
  /** Parameters that a retry gets half and twice of, after an attempt that ran out of memory. */
  readonly out_of_memory?: { readonly halve: string | readonly string[]; readonly double?: string | readonly string[] }
  readonly sweep_seed?: number
  readonly reuse?: boolean
  /** Secrets as references: `url: '${env:SLACK_WEBHOOK}'`. */
  readonly notify?: NotifyDefinition | readonly NotifyDefinition[]
  /** Bytes, or text such as `5GiB`. */
  readonly disk?: { readonly keep_free?: number | string }
}

/** Gives a `.ts` sweep file its types: `export default defineSweep({ ... })`. Returns what it is given. */
export function defineSweep(definition: SweepDefinition): SweepDefinition {
  return definition
}
