import { SweepError } from '../base/errors.ts'
import { type LockHolder, lockHolder } from '../journal/lock.ts'
import { readSnapshot, readSummary } from '../journal/read-snapshot.ts'
import type { SweepSummary } from '../journal/summary.ts'
import { readSweepFile } from '../journal/sweep-file.ts'
import { failureCause } from '../orchestrator/failure-cause.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { Trial } from '../trial/trial.ts'
import { type Remaining, remainingTime } from './eta.ts'
import { livingAttempts } from './left-running.ts'
import { type SlotMemory, slotMemory } from './slot-memory.ts'
import { listSweepIds, resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

/**
 * What a sweep is really doing, which its journal alone cannot know. `orphaned`: the journal says running, but the
 * process that wrote it is gone. `elsewhere`: it was started on another host, where this one cannot look. `paused`: a
 * person paused it, and it stays so until `sweep resume`, whether its process waits or has died.
 */
export type Activity = 'running' | 'paused' | 'elsewhere' | 'orphaned' | 'stopped' | 'finished'

export interface SweepLine {
  readonly id: string
  readonly activity: Activity
  readonly summary: SweepSummary
  /** Host of the writer when that is not this one. */
  readonly host?: string
}

/** A folder in runs/ that cannot be read; the others are shown all the same. */
export interface UnreadableSweep {
  readonly id: string
  readonly problem: string
}

export interface SweepStatus extends SweepLine {
  /** Of the slots that it holds on this machine; empty where no GPU is used. */
  readonly memory: readonly SlotMemory[]
  /** Trials in all when it ends; undefined = not known beforehand. */
  readonly total: number | undefined
  readonly remaining: Remaining | undefined
  /** Of trials that failed, by cause, the most frequent first; absent where there is none. */
  readonly failures?: readonly FailureGroup[]
  /** Trials whose process lives though the orchestrator has died; only with `orphaned`. */
  readonly living?: readonly number[]
}

/** Failures of one cause. */
export interface FailureGroup {
  readonly trials: readonly number[]
  /** What the first of them said; several lines. */
  readonly reason: string
}

/** All sweeps of a workspace, newest first. */
export function allSweeps(workspace: Workspace): {
  readonly sweeps: SweepLine[]
  readonly unreadable: UnreadableSweep[]
} {
  const sweeps: SweepLine[] = []
  const unreadable: UnreadableSweep[] = []
  for (const id of listSweepIds(workspace).reverse()) {
    try {
      sweeps.push(lineOf(workspace, id))
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      unreadable.push({ id, problem: error.message })
    }
  }
  return { sweeps, unreadable }
}

function lineOf(workspace: Workspace, id: string): SweepLine {
  const dir = sweepDirOf(workspace, id)
  const summary = readSummary(dir)
  const holder = summary.state === 'running' ? lockHolder(dir) : undefined
  const host = holder?.state === 'elsewhere' ? holder.process.host : undefined
  return { id, activity: activityOf(summary, holder), summary, ...(host === undefined ? {} : { host }) }
}

function activityOf({ state, control, counts }: SweepSummary, holder: LockHolder | undefined): Activity {
  if (state !== 'running') return state
  if (control?.pausedAt !== undefined && (counts.running === 0 || holder?.state === 'alive')) return 'paused'
  if (holder === undefined || holder.state === 'dead') return 'orphaned'
  return holder.state === 'elsewhere' ? 'elsewhere' : 'running'
}

export interface StatusOptions {
  readonly workspace: Workspace
  /** Id or name; absent = the latest. */
  readonly id?: string
  /** Milliseconds since 1970. @default Date.now() */
  readonly now?: number
}

/** Everything `sweep status ID` shows. Takes no lock; of a very large running sweep it may be some seconds old. */
export async function sweepStatus({ workspace, id, now = Date.now() }: StatusOptions): Promise<SweepStatus> {
  const line = lineOf(workspace, resolveSweepId(workspace, id))
  const dir = sweepDirOf(workspace, line.id)
  const total = await totalOf(line.summary, dir)
  const memory = line.activity === 'running' ? await slotMemory(dir, line.summary) : []
  const remaining = remainingOf(line, dir, { now, total })
  return { ...line, memory, total, remaining, ...troublesOf(line, dir) }
}

/** Read only where there is something to tell. */
function troublesOf({ activity, summary }: SweepLine, dir: string): Pick<SweepStatus, 'failures' | 'living'> {
  const orphaned = activity === 'orphaned'
  if ((summary.counts.failed === 0 && !orphaned) || summary.trials > MOST_TRIALS) return {}
  const { trials } = readSnapshot(dir)
  const failures = failuresOf(trials)
  const running = trials.filter(({ state }) => state === 'running')
  return {
    ...(failures.length === 0 ? {} : { failures }),
    ...(orphaned ? { living: livingAttempts(dir, running).map(({ trial }) => trial) } : {}),
  }
}

function failuresOf(trials: readonly Trial[]): FailureGroup[] {
  const groups = new Map<string, { readonly trials: number[]; readonly reason: string }>()
  for (const { number, state, reason, attempts } of trials) {
    if (state !== 'failed') continue
    const { key } = failureCause(attempts.at(-1) ?? {}, reason)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { trials: [number], reason: reason ?? 'It gave no reason.' })
    else group.trials.push(number)
  }
  return [...groups.values()].sort((a, b) => b.trials.length - a.trials.length)
}

/** A finished sweep has what it has; of the others the sampler is asked, which costs loading it. */
async function totalOf(summary: SweepSummary, dir: string): Promise<number | undefined> {
  if (summary.state === 'finished') return summary.trials
  const { spec } = readSweepFile(dir)
  const configurations = summary.exhausted ? summary.configurations : await configurationsOf(spec)
  const all = configurations === undefined ? undefined : configurations * spec.seeds.length
  const cap = summary.control?.budget?.trials ?? spec.runCap
  return cap === undefined ? all : Math.min(all ?? Number.POSITIVE_INFINITY, cap)
}

/** That the sampler will propose; undefined = as many as are asked for. */
export async function configurationsOf({ sampler, space }: SweepSpec): Promise<number | undefined> {
  const { samplers } = await import('../samplers/index.ts')
  const known: Readonly<Record<string, (typeof samplers)[keyof typeof samplers]>> = samplers
  return known[sampler.name]?.create(sampler.options).total(space)
}

/** Reading all trials of a larger sweep would make status slow. */
const MOST_TRIALS = 20_000

function remainingOf(
  { activity, summary }: SweepLine,
  dir: string,
  { now, total }: { readonly now: number; readonly total: number | undefined },
): Remaining | undefined {
  if (activity !== 'running' || summary.trials > MOST_TRIALS) return undefined
  return remainingTime(readSnapshot(dir), { now, total, parallel: Math.max(1, summary.running.length) })
}
