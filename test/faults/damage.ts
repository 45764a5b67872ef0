import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseObject } from '../../src/base/ndjson.ts'
import { thisProcess } from '../../src/base/process-identity.ts'
import type { Rng } from '../../src/base/rng.ts'
import type { Damage } from './schedule.ts'
import type { SweepUnderFire } from './sweep-under-fire.ts'

const OTHER_BOOT = '00000000-0000-4000-8000-000000000000'

/** What a power cut, a reboot or a careless hand does to the files of a sweep of which nothing runs. */
export function damage(what: Damage, place: SweepUnderFire, rng: Rng): void {
  if (existsSync(journalOf(place))) DAMAGES[what](place, rng)
}

const DAMAGES: Readonly<Record<Damage, (place: SweepUnderFire, rng: Rng) => void>> = {
  'tear-journal': (place, rng) => tear(journalOf(place), firstSyncedByte(place), rng),
  'tear-record': tearRecord,
  reboot: (place) => rewriteIdentities(place, asOfAnotherBoot),
  'reboot-without-leases': (place) => {
    rmSync(place.leaseDir, { recursive: true, force: true })
    rewriteIdentities(place, (text) => text.replace(/"bootId":"[^"]*"/g, `"bootId":"${OTHER_BOOT}"`))
  },
  // All numbers belong to a living process now, which is another one.
  'recycle-pids': (place) => rewriteIdentities(place, (text) => text.replace(/("pid":)\d+/g, `$1${process.pid}`)),
  'lose-snapshot': ({ sweepDir }) => {
    for (const name of ['snapshot.json', 'summary.json']) rmSync(join(sweepDir, name), { force: true })
  },
  'tear-snapshot': ({ sweepDir }, rng) => tear(join(sweepDir, 'snapshot.json'), 0, rng),
  'repeat-record-lines': (place, rng) => repeatLines(recordOf(place), rng),
}

const journalOf = ({ sweepDir }: SweepUnderFire) => join(sweepDir, 'journal.ndjson')
const recordOf = ({ sweepDir }: SweepUnderFire) => join(sweepDir, 'attempts.ndjson')

/** After a reboot all numbers are given out anew: those on record are those of living processes of this boot. */
function asOfAnotherBoot(text: string): string {
  const { pid, startTime } = thisProcess()
  return text
    .replace(/"bootId":"[^"]*"/g, `"bootId":"${OTHER_BOOT}"`)
    .replace(/("pid":)\d+/g, `$1${pid}`)
    .replace(/"startTime":"[^"]*"/g, `"startTime":"${startTime}"`)
}

function rewriteIdentities(place: SweepUnderFire, change: (text: string) => string): void {
  const files = [journalOf(place), recordOf(place), join(place.sweepDir, 'lock'), join(place.leaseDir, 'leases.json')]
  rmSync(join(place.sweepDir, 'snapshot.json'), { force: true })
  for (const file of files) if (existsSync(file)) writeFileSync(file, change(readFileSync(file, 'utf8')))
}

/**
 * A power cut takes what was not synced. Each start of a process waits for a sync of its claim, so everything up to the
 * last claim whose process is known to have been started is safe.
 */
function firstSyncedByte(place: SweepUnderFire): number {
  const begun = new Set<string>()
  const ledger = readFileSync(place.ledger, 'utf8').split('\n')
  for (const [, trial, attempt] of ledger.map((line) => line.split(' '))) begun.add(`${trial}.${attempt}`)
  let [offset, safe] = [0, 0]
  for (const text of readFileSync(journalOf(place), 'utf8').split('\n')) {
    offset += Buffer.byteLength(text) + 1
    const line = parseObject(text)
    if (line?.type === 'attempt-started' && begun.has(`${line.trial}.${line.attempt}`)) safe = offset
  }
  return safe
}

function tear(path: string, from: number, rng: Rng): void {
  if (!existsSync(path)) return
  const { length } = readFileSync(path)
  if (from < length) truncateSync(path, from + rng.below(length - from + 1))
}

/**
 * What is known to the journal may be missing here: the record is synced no further than to its newest keeper's line.
 * The machine was restarted then.
 */
function tearRecord(place: SweepUnderFire, rng: Rng): void {
  if (existsSync(recordOf(place))) {
    const data = readFileSync(recordOf(place))
    const keeper = data.lastIndexOf('{"keeper":')
    const safe = keeper === -1 ? 0 : data.indexOf('\n', keeper) + 1
    truncateSync(recordOf(place), data.length - rng.below(Math.min(data.length - safe, 600) + 1))
  }
  rewriteIdentities(place, asOfAnotherBoot)
}

function repeatLines(path: string, rng: Rng): void {
  if (!existsSync(path)) return
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const repeated = lines.flatMap((line) => (rng.uniform() < 0.3 ? [line, line] : [line]))
  writeFileSync(path, `${repeated.join('\n')}\n`)
}
