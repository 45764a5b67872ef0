import { counted, duration, figure } from '../base/human-readable.ts'
import { type RankedConfiguration, rankConfigurations } from '../trial/ranking.ts'
import { type SinceLast, sinceLastWords } from '../trial/since-last.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import type { Message } from './notifier.ts'

// Pure: snapshots in, messages out. Sentences are short, for most of them are read on a telephone.

/** What all messages about a sweep are made from. */
export interface Told {
  readonly snapshot: SweepSnapshot
  /** A configuration as people know it: `#5 gamma 2, boost 4`. */
  label(configuration: number): string
}

export interface EndOf extends Told {
  /** Whether the win is more than luck, in a sentence. */
  readonly verdict?: string
  /** Against the sweep before of the same file. */
  readonly changed?: SinceLast
  /** What this start or resume added, when the sweep had begun before. */
  readonly tonight?: SinceLast
  /** Path of the report. */
  readonly report?: string
  /** What could not be done, such as an ensemble. */
  readonly notes?: readonly string[]
}

/** Rows of the ranking in a message. */
const ROWS = 3
const LONGEST_REASON = 300
/** Lines about failures in a message. */
const CAUSES = 3

export function endMessage(end: EndOf): Message {
  const { snapshot, verdict, changed, tonight, report, notes = [] } = end
  const counts = countsOf(snapshot)
  const how = snapshot.state === 'finished' ? 'finished' : 'stopped'
  const lines = [
    ...rankingLines(end),
    ...given(verdict),
    ...(changed === undefined ? [] : [sinceLastWords(changed)]),
    ...(tonight === undefined ? [] : [tonightWords(tonight)]),
    trialWords(snapshot),
    ...failureLines(snapshot),
    ...(snapshot.stateReason === undefined ? [] : [`It ${how} early: ${firstLine(snapshot.stateReason)}`]),
    ...notes,
    ...(report === undefined ? [] : [`Report: ${report}`]),
  ]
  const level = counts.failed > 0 ? 'warn' : changed?.newBest ? 'good' : 'info'
  const facts = {
    ...factsOf(snapshot),
    ...(changed && { changed }),
    ...(tonight && { tonight }),
    ...(report && { report }),
  }
  return { format: 1, event: 'end', sweep: snapshot.id, level, title: endTitle(end, how), lines, facts }
}

/** The reason in the title: it may be all that a telephone shows. */
export function failureMessage({ snapshot, reason }: Told & { readonly reason: string }): Message {
  const lines = [
    firstLine(reason),
    trialWords(snapshot),
    ...failureLines(snapshot),
    `Nothing is lost. Look: sweep status ${snapshot.id}; go on: sweep resume ${snapshot.id}`,
  ]
  const title = `${snapshot.id} stopped: ${shortened(firstLine(reason), 100)}`
  const facts = { ...factsOf(snapshot), reason: firstLine(reason) }
  return { format: 1, event: 'failure', sweep: snapshot.id, level: 'warn', title, lines, facts }
}

export interface Stall extends Told {
  /** Milliseconds since anything was heard. */
  readonly silentMs: number
  /** What occupies the slots: numbers of trials and since when (milliseconds since 1970). */
  readonly running: readonly { readonly trial: number; readonly slot: string; readonly since?: number }[]
  readonly now: number
}

export function stalledMessage({ snapshot, silentMs, running, now }: Stall): Message {
  const { id, notes } = snapshot
  const warning = notes.findLast(({ level }) => level !== 'info')
  const first = running[0]
  const lines = [
    running.length === 0
      ? 'No trial runs.'
      : `${counted(running.length, 'trial')} ${running.length === 1 ? 'runs and reports' : 'run and report'} nothing:`,
    ...running.slice(0, 5).map(({ trial, slot, since }) => {
      return `  trial ${trial} on ${slot}${since === undefined ? '' : `, for ${duration(now - since)}`}`
    }),
    trialWords(snapshot),
    ...(warning === undefined ? [] : [`Last warning: ${firstLine(warning.text)}`]),
    first === undefined ? `Look: sweep status ${id}` : `Look: sweep logs ${id} ${first.trial}`,
  ]
  const title = `${id}: no progress for ${duration(silentMs)}`
  const facts = { ...factsOf(snapshot), silentMs, running: running.map(({ trial }) => trial) }
  return { format: 1, event: 'stalled', sweep: id, level: 'warn', title, lines, facts }
}

/** A best that was beaten: of this sweep, or of the one before it. */
export interface BeatenBest {
  readonly configuration: string
  readonly mean: number
}

export function newBestMessage(told: Told & { readonly beaten: BeatenBest }): Message {
  const { snapshot, beaten } = told
  const { metric = 'value', rows } = rankConfigurations(snapshot)
  const mean = figure(rows[0]?.mean)
  const next = rows[1]
  const lines = [
    ...rankingLines(told),
    `Before: ${beaten.configuration}, ${figure(beaten.mean)}.`,
    ...(rows[0] === undefined || next === undefined ? [] : [leadWords(rows[0], next)]),
    trialWords(snapshot),
  ]
  const facts = { ...factsOf(snapshot), beaten }
  const title = `${snapshot.id}: new best ${metric} ${mean}`
  return { format: 1, event: 'new_best', sweep: snapshot.id, level: 'good', title, lines, facts }
}

/** As status says it. */
function leadWords(first: RankedConfiguration, next: RankedConfiguration): string {
  if (Math.min(first.n, next.n) < 2)
    return 'The first two share fewer than two seeds, so luck cannot be told from merit yet.'
  return next.tiedWithBest ? 'Its lead is within seed noise.' : 'Its lead is more than seed noise.'
}

export function testMessage(name: string, from: string): Message {
  const lines = [
    `This is a test of the notifications of ${name}, sent from ${from}.`,
    'Messages about its sweeps come this way.',
  ]
  return { format: 1, event: 'test', sweep: name, level: 'info', title: `sweep: test for ${name}`, lines, facts: {} }
}

function endTitle({ snapshot, changed }: EndOf, how: string): string {
  const { metric, rows } = rankConfigurations(snapshot)
  const [first] = rows
  if (metric === undefined) return `${snapshot.id} ${how}: ${counted(countsOf(snapshot).completed, 'trial')} completed`
  if (first === undefined) return `${snapshot.id} ${how}: no trial completed`
  const news = changed?.newBest ? (changed.test?.significant ? ', a new best' : ', a new best, perhaps by luck') : ''
  return `${snapshot.id} ${how}: ${metric} ${figure(first.mean)}${news}`
}

function rankingLines({ snapshot, label }: Told): string[] {
  const { rows } = rankConfigurations(snapshot)
  return rows.slice(0, ROWS).map((row) => `${row.rank}. ${label(row.configuration.number)}: ${valueWords(row)}`)
}

function valueWords({ mean, interval, n, incomplete }: RankedConfiguration): string {
  const { low, high, basis } = interval
  const range = basis === 'none' ? '' : ` (95 %: ${figure(low)} to ${figure(high)})`
  return `${figure(mean)}${range}, ${counted(n, 'seed')}${incomplete ? ', not all yet' : ''}`
}

function tonightWords({ trials: { before, now }, newBest, before: old }: SinceLast): string {
  const counts = [
    `${counted(now.completed - before.completed, 'trial')} completed`,
    ...(now.failed > before.failed ? [`${now.failed - before.failed} failed`] : []),
  ].join(', ')
  const best =
    newBest && old !== undefined ? ' They brought the new first.' : old === undefined ? '' : ' The first is as before.'
  return `This time: ${counts}.${best}`
}

function trialWords(snapshot: SweepSnapshot): string {
  const { completed, failed, reused, left } = countsOf(snapshot)
  const ranOut = ({ attempts }: Trial) => attempts.some(({ end }) => end === 'out-of-memory')
  const helped = snapshot.trials.filter((trial) => trial.state === 'completed' && ranOut(trial)).length
  const short = snapshot.trials.filter(({ state, attempts }) => {
    return state === 'failed' && attempts.at(-1)?.end === 'out-of-memory'
  }).length
  const parts = [
    `${completed} completed`,
    ...(reused > 0 ? [`${reused} of them reused`] : []),
    ...(helped > 0 ? [`${helped} of them after an attempt that ran out of memory`] : []),
    ...(failed > 0 ? [`${failed} failed${short > 0 ? ` (${short} out of memory)` : ''}`] : []),
    ...(left > 0 ? [`${left} not ended`] : []),
  ]
  return `Trials: ${parts.join(', ')}.`
}

/** One line for each cause, the most frequent first; the last line counts those that there is no room for. */
function failureLines({ trials }: SweepSnapshot): string[] {
  const byCause = new Map<string, Trial[]>()
  for (const trial of trials) {
    if (trial.state !== 'failed' || trial.reason === undefined) continue
    // Only our own words are looked at: what the trainer printed may hold secrets.
    const cause = firstLine(trial.reason).replace(/ after [\d.]+ \w+( \d+ \w+)?/, '')
    byCause.set(cause, [...(byCause.get(cause) ?? []), trial])
  }
  const causes = [...byCause.values()].sort((a, b) => b.length - a.length)
  const shown = causes.length > CAUSES ? causes.slice(0, CAUSES - 1) : causes
  const others = causes.slice(shown.length)
  const count = others.reduce((sum, alike) => sum + alike.length, 0)
  return [
    ...shown.map(causeLine),
    ...(count === 0 ? [] : [`${counted(count, 'trial')} failed for ${others.length} other causes.`]),
  ]
}

function causeLine(alike: readonly Trial[]): string {
  const [{ number, reason = '' }] = alike as readonly [Trial]
  const who = alike.length === 1 ? `Trial ${number}` : `${alike.length} trials (${number}, ...)`
  return `${who} failed: ${firstLine(reason)}`
}

function countsOf({ trials }: SweepSnapshot) {
  const count = (test: (trial: Trial) => boolean) => trials.filter(test).length
  return {
    completed: count(({ state }) => state === 'completed'),
    failed: count(({ state }) => state === 'failed'),
    pruned: count(({ state }) => state === 'pruned'),
    left: count(({ state }) => state === 'running' || state === 'waiting' || state === 'paused'),
    reused: count(({ reusedFrom }) => reusedFrom !== undefined),
    outOfMemory: count(({ attempts }) => attempts.some(({ end }) => end === 'out-of-memory')),
  }
}

/** For programs; numbers that JSON does not know become null there. */
function factsOf(snapshot: SweepSnapshot): Record<string, unknown> {
  const { metric, goal, rows } = rankConfigurations(snapshot)
  const ranking = rows.slice(0, 2 * ROWS).map(({ rank, configuration, mean, n, interval, tiedWithBest }) => {
    const { low, high } = interval
    return { rank, configuration: configuration.number, params: configuration.params, mean, n, low, high, tiedWithBest }
  })
  const { id, state, stateReason, startedAt, endedAt } = snapshot
  return { id, state, stateReason, startedAt, endedAt, metric, goal, ranking, trials: countsOf(snapshot) }
}

const given = (line: string | undefined) => (line === undefined ? [] : [line])

/** What follows in a reason is the program's own output, which nobody has looked through for secrets. */
const firstLine = (text: string) => shortened(text.split('\n')[0] ?? '', LONGEST_REASON)

const shortened = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`)
