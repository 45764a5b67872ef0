import { readFileSync } from 'node:fs'
import { writeFileAtomic } from '../base/atomic-file.ts'
import type { Params } from '../space/domain.ts'
import type { SweepControl } from '../trial/control.ts'
import { type RankedConfiguration, rankConfigurations } from '../trial/ranking.ts'
import { TRIAL_MOVES, type TrialState } from '../trial/states.ts'
import type { Goal } from '../trial/sweep-spec.ts'
import type { StoppedBy, SweepNote, SweepSnapshot, SweepState, Trial } from '../trial/trial.ts'
import { decodeNumber, encodeNumber } from './event-codec.ts'
import { fileIn } from './folder.ts'

export interface RunningTrial {
  readonly number: number
  readonly configuration: number
  readonly seed: number
  readonly slot: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Last report of the sweep's metric. */
  readonly step?: number
  readonly value?: number
}

/** A trial whose last attempt ended badly and that waits for its retry. */
export interface WaitingRetry {
  readonly number: number
  /** Which retry follows, 1 for the first. */
  readonly nth: number
  /** When its back-off is over, in milliseconds since 1970. */
  readonly dueAt: number
}

/** One line of the short ranking; NaN for what is not known. */
export interface TopRow {
  readonly rank: number
  readonly configuration: number
  readonly params: Params
  readonly n: number
  readonly mean: number
  readonly sd: number
  readonly low: number
  readonly high: number
  readonly incomplete: boolean
  /** A race gave it no more seeds than were worth it, and ranks follow what is believed of it. */
  readonly believed?: true
  readonly tiedWithBest: boolean
  /** Trial numbers of its finished seeds. */
  readonly trials: readonly number[]
  /** As in the ranking: limits that it does not keep to, and its place among several metrics. */
  readonly overLimits?: readonly string[]
  readonly paretoRank?: number
}

/** What `sweep status` shows of a sweep, whatever its size: a few kilobytes instead of the whole snapshot. */
export interface SweepSummary {
  readonly format: 1
  /** Bytes of the journal that it stands for. */
  readonly offset: number
  readonly id: string
  readonly name: string
  readonly metric?: { readonly name: string; readonly goal: Goal }
  readonly state: SweepState
  readonly stateReason?: string
  readonly stoppedBy?: StoppedBy
  /** What a person has changed since the start. */
  readonly control?: SweepControl
  readonly startedAt: number
  readonly endedAt?: number
  readonly exhausted: boolean
  readonly seeds: readonly number[]
  /** Proposed so far. */
  readonly configurations: number
  /** Created so far. */
  readonly trials: number
  /** Trials at most, when the sweep file says so. */
  readonly runCap?: number
  readonly counts: Readonly<Record<TrialState, number>>
  readonly running: readonly RunningTrial[]
  /** The next one first; absent = none. */
  readonly retries?: readonly WaitingRetry[]
  /** The first 20 of the ranking. */
  readonly top: readonly TopRow[]
  /** Configurations that are ranked at all. */
  readonly ranked: number
  /** The last warnings and errors, oldest first; each text once. */
  readonly notes: readonly SummaryNote[]
}

/** A note, and how many trials said the same. */
export interface SummaryNote extends SweepNote {
  readonly said: number
}

const TOP = 20
const NOTES = 20
const RETRIES = 20

export function summarize(snapshot: SweepSnapshot, offset: number): SweepSummary {
  const waiting = snapshot.trials.filter((trial) => trial.state === 'waiting')
  const retries = waiting.flatMap(waitingRetry).sort((a, b) => a.dueAt - b.dueAt)
  const { spec, state, startedAt, exhausted, configurations, trials } = snapshot
  const { rows } = rankConfigurations(snapshot)
  return {
    format: 1,
    offset,
    id: snapshot.id,
    name: spec.name,
    state,
    startedAt,
    exhausted,
    ...(spec.metric && { metric: { name: spec.metric.name, goal: spec.metric.goal } }),
    ...(snapshot.stateReason !== undefined && { stateReason: snapshot.stateReason }),
    ...(snapshot.stoppedBy !== undefined && { stoppedBy: snapshot.stoppedBy }),
    ...(snapshot.control !== undefined && { control: snapshot.control }),
    ...(snapshot.endedAt !== undefined && { endedAt: snapshot.endedAt }),
    ...(spec.runCap !== undefined && { runCap: spec.runCap }),
    seeds: spec.seeds,
    configurations: configurations.length,
    trials: trials.length,
    counts: countsOf(trials),
    running: trials.filter((trial) => trial.state === 'running').map(runningTrial),
    ...(retries.length > 0 && { retries: retries.slice(0, RETRIES) }),
    top: rows.slice(0, TOP).map(topRow),
    ranked: rows.length,
    notes: lastNotes(snapshot.notes),
  }
}

/** By text, in the order in which each was last said. */
function lastNotes(notes: readonly SweepNote[]): SummaryNote[] {
  const byText = new Map<string, SummaryNote>()
  for (const note of notes) {
    if (note.level === 'info') continue
    const said = (byText.get(note.text)?.said ?? 0) + 1
    byText.delete(note.text)
    byText.set(note.text, { ...note, said })
  }
  return [...byText.values()].slice(-NOTES)
}

function countsOf(trials: readonly Trial[]): Record<TrialState, number> {
  const counts = Object.fromEntries(Object.keys(TRIAL_MOVES).map((state) => [state, 0])) as Record<TrialState, number>
  for (const { state } of trials) counts[state]++
  return counts
}

function runningTrial({ number, configuration, seed, attempts, curve }: Trial): RunningTrial {
  const attempt = attempts.at(-1)
  const last = curve.at(-1)
  const place = { number, configuration, seed, slot: attempt?.slot ?? '', startedAt: attempt?.startedAt ?? 0 }
  return last === undefined ? place : { ...place, step: last[0], value: last[1] }
}

function waitingRetry({ number, attempts }: Trial): WaitingRetry[] {
  const { retry, endedAt } = attempts.at(-1) ?? {}
  return retry === undefined || endedAt === undefined
    ? []
    : [{ number, nth: retry.nth, dueAt: endedAt + retry.afterMs }]
}

function topRow(row: RankedConfiguration): TopRow {
  const { rank, configuration, n, mean, sd, interval, incomplete, belief, tiedWithBest, values } = row
  const { number, params } = configuration
  const { low, high } = interval
  const trials = values.map((value) => value.trial)
  const { overLimits, paretoRank } = row
  return {
    ...{ rank, configuration: number, params, n, mean, sd, low, high, incomplete, tiedWithBest, trials },
    ...(belief && { believed: true as const }),
    ...(overLimits && { overLimits }),
    ...(paretoRank !== undefined && { paretoRank }),
  }
}

/** Never durable: it can be rebuilt, and a torn one is not used. */
export function writeSummary(dir: string, summary: SweepSummary): void {
  const text = JSON.stringify(summary, (_, value) => (typeof value === 'number' ? encodeNumber(value) : value))
  writeFileAtomic(fileIn(dir, 'summary'), text, { durable: false })
}

/** @returns undefined when there is none, or none that this release can use */
export function readSummaryFile(dir: string): SweepSummary | undefined {
  try {
    const text = readFileSync(fileIn(dir, 'summary'), 'utf8')
    // Only NaN and infinities were written as these strings; a param of that very text is shown the same either way.
    const summary = JSON.parse(text, (_, value) => decodeNumber(value) ?? value) as SweepSummary
    return summary?.format === 1 ? summary : undefined
  } catch {
    // Missing or torn: it is made afresh from the journal.
    return undefined
  }
}
