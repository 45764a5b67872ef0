import { figure } from '../base/human-readable.ts'
import { mayWin, type RankedConfiguration, type Ranking, rankConfigurations } from './ranking.ts'
import type { Configuration, SweepSnapshot, Trial } from './trial.ts'

/** Where a sweep's best configuration stands. */
export interface BestSoFar {
  readonly configuration: Configuration
  readonly mean: number
  /** Finished seeds. */
  readonly n: number
}

/** How many trials ended in which way. */
export interface EndCounts {
  readonly completed: number
  readonly failed: number
}

/** What a sweep found that an earlier one of the same file had not. */
export interface SinceLast {
  /** Id of the earlier sweep. */
  readonly since: string
  readonly metric?: string
  readonly before?: BestSoFar
  readonly now?: BestSoFar
  /** The same params lead in both. */
  readonly sameConfiguration: boolean
  /** How much better the mean of the new best is, positive = better; absent when the two cannot be compared. */
  readonly gain?: number
  /** Better than everything the earlier sweep had. */
  readonly newBest: boolean
  /** The ranking's own test over the seeds that both have; `p` is NaN with fewer than two. Absent for one configuration. */
  readonly test?: { readonly p: number; readonly seeds: number; readonly significant: boolean }
  readonly trials: { readonly before: EndCounts; readonly now: EndCounts }
}

/**
 * Compares the winners of two sweeps of one file as if their configurations had been tried in one sweep, so that the
 * noise of both tells whether the difference is more than luck. Trials that the later one took over from the earlier one
 * count once. Another metric or goal than before = nothing can be compared.
 */
export function sinceLast(earlier: SweepSnapshot, later: SweepSnapshot): SinceLast {
  const counts = { before: countsOf(earlier), now: countsOf(later) }
  const [old, current] = [rankConfigurations(earlier), rankConfigurations(later)]
  const [before, now] = [bestOf(old), bestOf(current)]
  const { metric } = current
  const nothing: SinceLast = { since: earlier.id, sameConfiguration: false, newBest: false, trials: counts }
  if (metric === undefined || metric !== old.metric || current.goal !== old.goal) return nothing
  const known = { ...nothing, metric, ...(before && { before: shortOf(before) }), ...(now && { now: shortOf(now) }) }
  if (before === undefined || now === undefined) return { ...known, newBest: now !== undefined }
  const sameConfiguration = key(earlier, before) === key(later, now)
  const gain = (current.goal === 'maximize' ? 1 : -1) * (now.mean - before.mean)
  const test = sameConfiguration ? undefined : compared({ earlier, later, before, now })
  return { ...known, sameConfiguration, gain, newBest: !sameConfiguration && gain > 0, ...(test && { test }) }
}

function countsOf({ trials }: SweepSnapshot): EndCounts {
  const count = (state: Trial['state']) => trials.filter((trial) => trial.state === state).length
  return { completed: count('completed'), failed: count('failed') }
}

/** A first row without a finite mean is no winner. */
function bestOf({ rows }: Ranking): RankedConfiguration | undefined {
  const [first] = rows
  return first !== undefined && Number.isFinite(first.mean) && mayWin(first) ? first : undefined
}

const shortOf = ({ configuration, mean, n }: RankedConfiguration): BestSoFar => ({ configuration, mean, n })

/** Fixed params belong to what was tried: another number of epochs is another configuration. */
function key({ spec }: SweepSnapshot, { configuration }: RankedConfiguration): string {
  const params = { ...spec.fixed, ...configuration.params }
  return JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)))
}

interface Pair {
  readonly earlier: SweepSnapshot
  readonly later: SweepSnapshot
  readonly before: RankedConfiguration
  readonly now: RankedConfiguration
}

/** One ranking of both, in which one of the two winners is first and the other one is held against it. */
function compared({ earlier, later, before, now }: Pair): SinceLast['test'] | undefined {
  const both = together(earlier, later)
  const { rows } = rankConfigurations(both)
  const taken = takenOver(earlier, later)
  const again = before.values.map(({ trial }) => taken.get(trial)).find((trial) => trial !== undefined)
  const oldNumber =
    again === undefined
      ? later.configurations.length + before.configuration.number
      : (later.trials[again]?.configuration ?? -1)
  const [first] = rows
  const other = rows.find(({ configuration: { number } }) => {
    return number === (first?.configuration.number === oldNumber ? now.configuration.number : oldNumber)
  })
  const ends = [oldNumber, now.configuration.number]
  if (first === undefined || !ends.includes(first.configuration.number) || other?.behindBest === undefined)
    return undefined
  const { p, seeds } = other.behindBest
  return { p, seeds, significant: !other.tiedWithBest }
}

/** Trials of the earlier sweep that answered trials of the later one: their numbers there and here. */
function takenOver(earlier: SweepSnapshot, later: SweepSnapshot): Map<number, number> {
  const here = new Map(later.trials.flatMap(({ reusedFrom, number }) => (reusedFrom ? [[reusedFrom, number]] : [])))
  return new Map(
    earlier.trials.flatMap(({ number, reusedFrom = `${earlier.id}/${number}` }) => {
      const taken = here.get(reusedFrom)
      return taken === undefined ? [] : [[number, taken] as const]
    }),
  )
}

/** The later sweep with the earlier one's configurations behind its own. */
function together(earlier: SweepSnapshot, later: SweepSnapshot): SweepSnapshot {
  const taken = takenOver(earlier, later)
  const [configurations, trials] = [later.configurations.length, later.trials.length]
  const moved = earlier.trials
    .filter(({ number }) => !taken.has(number))
    .map((trial, i) => ({ ...trial, number: trials + i, configuration: configurations + trial.configuration }))
  return {
    ...later,
    // Only seeds that both have decide whether a configuration was tried in full.
    spec: { ...later.spec, seeds: later.spec.seeds.filter((seed) => earlier.spec.seeds.includes(seed)) },
    configurations: [
      ...later.configurations,
      ...earlier.configurations.map((c) => ({ ...c, number: configurations + c.number })),
    ],
    trials: [...later.trials, ...moved],
  }
}

/** The sweep as it stood at `at`: what ended later is still running. Times are those of the wall clock. */
export function asOf(snapshot: SweepSnapshot, at: number): SweepSnapshot {
  const trials = snapshot.trials.map((trial): Trial => {
    if (trial.reusedFrom !== undefined || (trial.attempts.at(-1)?.endedAt ?? 0) < at) return trial
    const { value: _, ...rest } = trial
    return { ...rest, state: 'running' }
  })
  return { ...snapshot, trials }
}

/** What changed, in one sentence or two. */
export function sinceLastWords(changed: SinceLast): string {
  const { since, metric, before, now } = changed
  if (metric === undefined) return `Since ${since}: its metric is another one, so the winners cannot be compared.`
  if (now === undefined) return `Since ${since}: no result yet.`
  if (before === undefined) return `Since ${since}: the first result, as that sweep had none.`
  return `Since ${since}: ${winnerWords(changed, { metric, before, now })} ${failureWords(changed)}`.trim()
}

function winnerWords(
  { sameConfiguration, newBest, gain = Number.NaN, test }: SinceLast,
  { metric, before, now }: { readonly metric: string; readonly before: BestSoFar; readonly now: BestSoFar },
): string {
  const change = `${metric} from ${figure(before.mean)} to ${figure(now.mean)}`
  if (sameConfiguration) return `the same configuration leads (${change}).`
  if (gain === 0) return `nothing better: another configuration has the same ${metric} (${figure(now.mean)}).`
  const luck = luckWords(test)
  return newBest ? `a new best, ${change}, ${luck}.` : `no new best, ${change}, ${luck}.`
}

function luckWords(test: SinceLast['test']): string {
  if (test === undefined || Number.isNaN(test.p)) return 'which may be luck: too few seeds in common to tell'
  const p = test.p < 0.001 ? 'p below 0.001' : `p = ${test.p.toFixed(3)}`
  return `${test.significant ? 'more than seed noise' : 'within seed noise'} (${p})`
}

function failureWords({ trials: { before, now } }: SinceLast): string {
  if (before.failed === 0 && now.failed === 0) return ''
  return `Failed trials: ${now.failed}, before ${before.failed}.`
}
