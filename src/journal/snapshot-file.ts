import { readFileSync } from 'node:fs'
import { writeFileAtomic } from '../base/atomic-file.ts'
import type { Params } from '../space/domain.ts'
import type { Attempt, SweepNote, Trial } from '../trial/trial.ts'
import {
  decodeMetrics,
  decodeNumber,
  type EncodedMetrics,
  type EncodedNumber,
  encodeMetrics,
  encodeNumber,
} from './event-codec.ts'
import { emptyFold, type SweepFold, type TrialFold } from './fold.ts'
import { fileIn } from './folder.ts'
import type { SweepFile } from './sweep-file.ts'

/** Other numbers mean: made by another release; it is rebuilt. */
const SNAPSHOT_FORMAT = 1

/** Rarely present, so by name; the others stand in a row by place, which halves the size and the time to read. */
type TrialExtras = Partial<Pick<TrialFold, 'address' | 'reusedFrom' | 'reason' | 'verdict' | 'restarted' | 'progress'>>
type AttemptExtras = Omit<Attempt, 'number' | 'startedAt' | 'slot' | 'endedAt' | 'end'>
type AttemptEnd = NonNullable<Attempt['end']>
type AttemptRow = [
  number: number,
  startedAt: number,
  slot: string,
  endedAt: number | 0,
  end: AttemptEnd | 0,
  AttemptExtras | 0,
]
type TrialRow = [
  configuration: number,
  seed: number,
  state: Trial['state'],
  value: EncodedNumber | null,
  metrics: EncodedMetrics,
  curve: EncodedNumber[],
  attempts: AttemptRow[],
  extras: TrialExtras | 0,
]

interface SnapshotFile {
  readonly format: number
  /** Bytes of the journal that this is the fold of. */
  readonly offset: number
  /** The journal's last bytes before `offset`: another journal is not mistaken for the one that was folded. */
  readonly tail: string
  readonly sweep: Pick<SweepFold, 'state' | 'startedAt' | 'exhausted'> &
    Partial<Pick<SweepFold, 'stateReason' | 'stoppedBy' | 'endedAt' | 'cursor' | 'control' | 'search'>>
  readonly notes: readonly SweepNote[]
  readonly configurations: readonly Params[]
  /** Numbers of the configurations whose line in the journal was corrupt. */
  readonly lost: readonly number[]
  /** Numbers of the configurations that are out of the race, and why; absent = none is. */
  readonly eliminated?: readonly (readonly [configuration: number, reason: string])[]
  readonly trials: readonly TrialRow[]
}

/** A fold and the place in the journal that it stands for. */
export interface FoldAt {
  readonly fold: SweepFold
  readonly offset: number
  readonly tail: string
}

/** Never durable: it can be rebuilt, and a torn one is not used. */
export function writeSnapshot(dir: string, { fold, offset, tail }: FoldAt): void {
  const { configurations, trials, notes, spec: _spec, id: _id, provenance: _provenance, ...sweep } = fold
  const file: SnapshotFile = {
    format: SNAPSHOT_FORMAT,
    offset,
    tail,
    sweep,
    notes,
    configurations: configurations.map((configuration) => configuration.params),
    lost: configurations.filter((configuration) => configuration.lost).map((configuration) => configuration.number),
    ...eliminatedOf(configurations),
    trials: trials.map(trialRow),
  }
  writeFileAtomic(fileIn(dir, 'snapshot'), JSON.stringify(file), { durable: false })
}

/** @returns undefined when there is none, or none that this release can use */
export function readSnapshotFile(dir: string, sweep: SweepFile): FoldAt | undefined {
  let file: SnapshotFile
  try {
    file = JSON.parse(readFileSync(fileIn(dir, 'snapshot'), 'utf8')) as SnapshotFile
  } catch {
    // Missing or torn: the journal alone is enough.
    return undefined
  }
  if (file?.format !== SNAPSHOT_FORMAT) return undefined
  const lost = new Set(file.lost)
  const fold: SweepFold = {
    ...emptyFold(sweep),
    ...file.sweep,
    notes: [...file.notes],
    configurations: file.configurations.map((params, number) =>
      lost.has(number) ? { number, params, lost: true } : { number, params },
    ),
    trials: file.trials.map(trialOf),
  }
  for (const [number, eliminated] of file.eliminated ?? []) {
    const configuration = fold.configurations[number]
    if (configuration !== undefined) fold.configurations[number] = { ...configuration, eliminated }
  }
  return { fold, offset: file.offset, tail: file.tail }
}

function eliminatedOf(configurations: SweepFold['configurations']): Pick<SnapshotFile, 'eliminated'> {
  const all = configurations.flatMap(({ number, eliminated }) =>
    eliminated === undefined ? [] : [[number, eliminated] as const],
  )
  return all.length === 0 ? {} : { eliminated: all }
}

function trialRow(trial: TrialFold): TrialRow {
  const { number: _number, configuration, seed, state, value, metrics, curve, attempts, ...extras } = trial
  return [
    configuration,
    seed,
    state,
    value === undefined ? null : encodeNumber(value),
    encodeMetrics(metrics),
    curve.flatMap(([step, reported]) => [encodeNumber(step), encodeNumber(reported)]),
    attempts.map(attemptRow),
    presentOrZero(extras),
  ]
}

function trialOf(row: TrialRow, number: number): TrialFold {
  const [configuration, seed, state, value, metrics, flat, attempts, extras] = row
  const curve: TrialFold['curve'] = []
  for (let i = 0; i < flat.length; i += 2) curve.push([decoded(flat[i]), decoded(flat[i + 1])])
  const trial: TrialFold = {
    number,
    configuration,
    seed,
    state,
    attempts: attempts.map(attemptOf),
    curve,
    metrics: decodeMetrics(metrics) ?? {},
  }
  if (value !== null) trial.value = decoded(value)
  return extras === 0 ? trial : Object.assign(trial, extras)
}

function attemptRow({ number, startedAt, slot, endedAt, end, ...extras }: Attempt): AttemptRow {
  return [number, startedAt, slot, endedAt ?? 0, end ?? 0, presentOrZero(extras)]
}

function attemptOf([number, startedAt, slot, endedAt, end, extras]: AttemptRow): TrialFold['attempts'][number] {
  const attempt: TrialFold['attempts'][number] = { number, startedAt, slot }
  if (endedAt !== 0) attempt.endedAt = endedAt
  if (end !== 0) attempt.end = end
  return extras === 0 ? attempt : Object.assign(attempt, extras)
}

const decoded = (value: EncodedNumber | undefined): number => decodeNumber(value) ?? Number.NaN

function presentOrZero<T extends object>(extras: T): T | 0 {
  for (const _ in extras) return extras
  return 0
}
