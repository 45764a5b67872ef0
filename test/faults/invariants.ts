import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseObject } from '../../src/base/ndjson.ts'
import { livingLeases } from '../../src/gpus/lease-table.ts'
import { readSnapshot } from '../../src/journal/read-snapshot.ts'
import { rankingCsv } from '../../src/reports/ranking-files.ts'
import type { SweepSnapshot } from '../../src/trial/trial.ts'
import type { SweepUnderFire } from './sweep-under-fire.ts'

export type Wrong = 'lost' | 'doubled' | 'orphan' | 'ranking' | 'stuck'

export interface Violation {
  readonly kind: Wrong
  readonly text: string
}

/** What must be the same however a sweep was disturbed. */
export interface Outcome {
  readonly suggestions: string
  readonly results: string
  readonly ranking: string
  readonly report: string
}

export function outcomeOf(folder: string, sweepDir: string): Outcome {
  const snapshot = readSnapshot(sweepDir)
  const { configurations, trials } = snapshot
  const id = sweepDir.slice(sweepDir.lastIndexOf('/') + 1)
  return {
    suggestions: JSON.stringify([configurations, trials.map(({ configuration, seed }) => [configuration, seed])]),
    results: trials
      .map(({ number, state, value, metrics }) => `${number} ${state} ${value} ${metrics.loss}`)
      .join('\n'),
    ranking: `${read(join(folder, 'reports', id, 'ranking.csv'))}${rankingCsv(snapshot)}`,
    report: read(join(folder, 'reports', id, 'ranking.json')).replaceAll(id, 'ID'),
  }
}

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : `${path} is missing`)

/** @param undisturbed the outcome of the same sweep that nothing happened to */
export function violations(place: SweepUnderFire, undisturbed: Outcome): Violation[] {
  const snapshot = readSnapshot(place.sweepDir)
  return [
    ...lost(snapshot),
    ...endsInJournal(place),
    ...workDone(readFileSync(place.ledger, 'utf8')),
    ...leftovers(place),
    ...differences(outcomeOf(place.folder, place.sweepDir), undisturbed),
  ]
}

function lost({ state, trials }: SweepSnapshot): Violation[] {
  const open = trials.filter((trial) => trial.state !== 'completed')
  const found: Violation[] = open.map(({ number, state, reason }) => ({
    kind: 'lost',
    text: `trial ${number} is ${state}: ${reason}`,
  }))
  if (state !== 'finished') found.push({ kind: 'lost', text: `the sweep is ${state}` })
  return found
}

/** Each attempt ends once, each trial is completed once, and a completed one is never started again. */
function endsInJournal({ sweepDir }: SweepUnderFire): Violation[] {
  const found: Violation[] = []
  const ended = new Set<string>()
  const completed = new Set<unknown>()
  for (const text of readFileSync(join(sweepDir, 'journal.ndjson'), 'utf8').split('\n')) {
    const line = parseObject(text)
    if (line === undefined) continue
    const attempt = `${line.trial}.${line.attempt}`
    if (line.type === 'attempt-ended' && ended.has(attempt))
      found.push({ kind: 'doubled', text: `attempt ${attempt} ended twice` })
    if (line.type === 'attempt-ended') ended.add(attempt)
    const again = line.type === 'attempt-started' || line.type === 'trial-state'
    if (again && completed.has(line.trial))
      found.push({ kind: 'doubled', text: `trial ${line.trial} went on after its end: ${text}` })
    if (line.type === 'trial-state' && line.state === 'completed') completed.add(line.trial)
  }
  return found
}

/** By the trainers' own word: no unit of work twice, and never two processes on one trial. */
function workDone(ledger: string): Violation[] {
  const found: Violation[] = []
  const done = new Set<string>()
  const newest = new Map<string, { readonly attempt: number; readonly pid: string }>()
  for (const [what = '', trial = '', attempt = '', pid = ''] of ledger.split('\n').map((line) => line.split(' '))) {
    if (what === '') continue
    if (what.startsWith('unit') && done.has(`${trial} ${what}`)) {
      found.push({ kind: 'doubled', text: `trial ${trial} did ${what} twice, the second time in attempt ${attempt}` })
    }
    done.add(`${trial} ${what}`)
    const before = newest.get(trial)
    if (
      before !== undefined &&
      (Number(attempt) < before.attempt || (Number(attempt) === before.attempt && pid !== before.pid))
    ) {
      found.push({
        kind: 'doubled',
        text: `trial ${trial}: process ${pid} of attempt ${attempt} worked beside process ${before.pid} of attempt ${before.attempt}`,
      })
    }
    newest.set(trial, { attempt: Number(attempt), pid })
  }
  return found
}

function leftovers(place: SweepUnderFire): Violation[] {
  const texts = [...place.processes().map(({ pid, command }) => `process ${pid}: ${command}`), ...leftFiles(place)]
  // A row of dead holders is no lease: it goes with the next change of the table.
  for (const row of livingLeases(place.leaseDir)) texts.push(`lease ${JSON.stringify(row)}`)
  return texts.map((text) => ({ kind: 'orphan', text }))
}

const TEMPORARY = /\.tmp$|\.draft$|\.after-|\/\.room|\/lock$|leases\.lock$/

/** Files that nobody needs once a sweep is finished. */
export function leftFiles({ folder, leaseDir }: SweepUnderFire): string[] {
  return [folder, leaseDir]
    .filter((root) => existsSync(root))
    .flatMap((root) =>
      readdirSync(root, { recursive: true, withFileTypes: true }).map(({ parentPath, name }) => join(parentPath, name)),
    )
    .filter((path) => TEMPORARY.test(path) && !path.includes('/checkpoints/') && isLeft(path))
}

/**
 * What a start leaves that was killed before there was a sweep stays until the folder is removed: it is no sweep. A
 * process that is killed between making its probe of the disk and taking the name off it leaves an empty file.
 */
function isLeft(path: string): boolean {
  const [dir] = /^.*\/runs\/[^/]+/.exec(path) ?? []
  if (dir !== undefined && !existsSync(join(dir, 'sweep.json'))) return false
  return !path.includes('/.room') || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}

function differences(outcome: Outcome, undisturbed: Outcome): Violation[] {
  return (Object.keys(undisturbed) as (keyof Outcome)[])
    .filter((part) => outcome[part] !== undisturbed[part])
    .map((part) => ({
      kind: 'ranking',
      text: `other ${part} than undisturbed:\n${difference(outcome[part], undisturbed[part])}`,
    }))
}

/** The first lines that differ. */
function difference(got: string, wanted: string): string {
  const [ours, theirs] = [got.split('\n'), wanted.split('\n')]
  const at = ours.findIndex((line, i) => line !== theirs[i])
  return `${ours.slice(at, at + 3).join('\n')}\ninstead of\n${theirs.slice(at, at + 3).join('\n')}`
}
