import type { Params } from '../space/domain.ts'
import type { SearchSpace } from '../space/search-space.ts'
import type { Budget } from './control.ts'
import type { MemoryRule, RetryPolicy } from './retry.ts'

/** Which way a metric is better. */
export type Goal = 'minimize' | 'maximize'

/** What trials are ranked by. */
export interface MetricSpec {
  readonly name: string
  readonly goal: Goal
  /** The sweep ends once a trial reaches it; running ones finish. */
  readonly target?: number
  /** Which of a trial's reports counts. A `result` event overrides both. @default 'last' */
  readonly value: 'last' | 'best'
}

/** One of several metrics that are optimised together; its value is the trial's last one of that name. */
export interface ObjectiveSpec {
  readonly name: string
  readonly goal: Goal
}

/** A metric that must stay within bounds for a trial to count as good. */
export interface MetricLimit {
  readonly name: string
  readonly min?: number
  readonly max?: number
}

/** When going on is not worth it. */
export interface StopRule {
  /** In the metric's unit, above 0: less is to be expected of further configurations. */
  readonly expectedImprovement: number
}

/** A named choice from a registry, with its options as written (checked against the registry's schema). */
export interface Choice {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** What an attempt runs. */
export type TrainerSpec =
  | { readonly kind: 'builtin'; readonly name: 'text-classifier' }
  | {
      readonly kind: 'command'
      /** argv with W&B's macros (`${program}`, `${args}`, `${envvar:HOME}` ...) still in it. */
      readonly argv: readonly string[]
      /** What `${program}` stands for. */
      readonly program?: string
      /** Working folder of the process, absolute. */
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
    }
  /** An in-process function of the library; cannot be resumed from the command line. */
  | { readonly kind: 'function'; readonly name: string }

/** What the trial's output is searched for, beside the event lines that are always read. */
export interface ReportFormats {
  /** Names from protocol/'s registry of known formats. `auto` reads each that is found. */
  readonly formats: readonly string[]
  /** A regular expression with named groups: `step`, and one group a metric (or `metric` and `value`). */
  readonly pattern?: string
}

/** What one trial is given of the machine. */
export interface ResourceSpec {
  /** Devices a trial; 0.5 = two trials share one; `auto` = one GPU where there are GPUs, otherwise none. */
  readonly gpus: number | 'auto'
  /** Cores a trial; thread-count variables are set to it. */
  readonly cpus: number
  /** Memory that a trial needs on each of its GPUs. @default learned from trials before it */
  readonly gpuMemoryBytes?: number
  /** Trials on one GPU at most. @default 4 */
  readonly mostPerGpu?: number
  /** GPUs by place or (the beginning of) UUID, best first. */
  readonly prefer?: readonly string[]
  /** Leave GPUs alone on which other people compute. @default false */
  readonly polite?: boolean
  /** How much a trial gives way to other processes, 0 to 19. @default 0 */
  readonly nice?: number
  /** Each slot has cores of its own, which its trials do not leave. @default false */
  readonly pinCpus?: boolean
}

/** Success criteria of one metric, for the verdict of the report. */
export interface Target {
  readonly minimum?: number
  readonly good?: number
  readonly excellent?: number
}

/** What people may be told of. */
export type NoticeEvent = 'end' | 'failure' | 'stalled' | 'new_best'

/** Whom to tell, of what; secrets in `options` are references to the environment (`${env:NAME}`). */
export interface NotifySpec extends Choice {
  readonly on: readonly NoticeEvent[]
  /** Milliseconds without a report and without an end that count as no progress. */
  readonly stalledMs: number
}

/**
 * A sweep file after every default, name and path is resolved. Frozen as `sweep.json` when the sweep starts;
 * nothing reads the sweep file again after that. Plain JSON.
 */
export interface SweepSpec {
  readonly format: 1
  readonly name: string
  readonly description?: string
  /** The sweep file, absolute; absent for sweeps of the library. */
  readonly file?: string
  readonly sampler: Choice
  readonly pruner?: Choice
  readonly race: Choice
  readonly space: SearchSpace
  /** Fixed for all trials; a parameter of the space wins over a fixed one of the same name. */
  readonly fixed: Params
  readonly seeds: readonly number[]
  /** Absent in W&B files without one: trials run, nothing is ranked. */
  readonly metric?: MetricSpec
  /** All that is optimised, `metric` first; absent = `metric` alone. */
  readonly objectives?: readonly ObjectiveSpec[]
  readonly limits?: readonly MetricLimit[]
  /** When no more configurations are proposed; absent = not before a budget or the space ends. */
  readonly stop?: StopRule
  readonly trainer: TrainerSpec
  readonly reports: ReportFormats
  readonly resources: ResourceSpec
  readonly executor: Choice
  /** Trials at most. */
  readonly runCap?: number
  /** What it may use at most; its trials are `runCap`. */
  readonly budget?: Omit<Budget, 'trials'>
  /** Trials at a time, at most; absent = as many as slots. */
  readonly parallel?: number
  readonly targets: Readonly<Record<string, Target>>
  readonly ensemble: { readonly top: number }
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** Milliseconds an attempt may take; absent = no limit. */
  readonly timeLimitMs?: number
  /** What becomes of running attempts when the orchestrator dies: adopted by a resume, or ended and run again. @default 'continue' */
  readonly onOrchestratorDeath?: 'continue' | 'stop'
  /** Attempts that follow one that ended badly. @default RETRY_DEFAULTS */
  readonly retry?: Partial<RetryPolicy>
  /** What a retry changes after an attempt that ran out of memory; absent = it gets another place instead. */
  readonly outOfMemory?: MemoryRule
  /** This many failures in a row from the first trial on stop the sweep: something is wrong with all of them. */
  readonly maxFailuresInARow: number
  /** What all random decisions of the sweep are drawn from. */
  readonly sweepSeed: number
  /** Reuse identical completed trials of earlier sweeps. */
  readonly reuse: boolean
  readonly notify?: readonly NotifySpec[]
  /** Bytes that stay free on the disk of runs/; with less, no trial is started. */
  readonly disk?: { readonly keepFreeBytes: number }
  /** Said to the person before the start and kept in the report, such as `1e-5 in line 7 is read as a number`. */
  readonly notes: readonly string[]
}
