import { existsSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { bootId } from '../../base/process-identity.ts'
import { type AttemptFacts, AttemptRecord, attemptKey, RECORD_FILE } from './attempt-record.ts'
import { AttemptTree } from './attempt-tree.ts'
import { endTree } from './end-tree.ts'
import { type Look, type Looks, ProcessLooks } from './process-looks.ts'

/** Clock ticks a second, in which Linux gives start times. */
const TICKS = 100
/** A process of an attempt may begin this many milliseconds after its end was seen: its last fork, and coarse clocks. */
const MARGIN_MS = 2000
/** More than any process number. */
const NOBODY = 2 ** 22 + 1

/**
 * Ends what attempts have left behind whose end was told before anybody had looked: those that live for less than a
 * second are looked after a moment later, and in that moment their keeper may be killed.
 *
 * They are known by the mark in their environment. What began later than the attempt ended carries the mark for another
 * reason, such as a person who repeats the trial by hand, and is left alone. Linux only.
 *
 * @param sweepDir absolute
 * @returns how many attempts had left something, once it is ended
 */
export async function endLeftBehind(sweepDir: string): Promise<number> {
  const path = join(sweepDir, RECORD_FILE)
  if (process.platform !== 'linux' || !existsSync(path)) return 0
  const looks = new ProcessLooks(sweepDir)
  const marks = new Set(looks.recent().marks.values())
  if (marks.size === 0) return 0
  const attempts = [...marks].map(attemptOf)
  const record = new AttemptRecord(path, attempts)
  const ends = new Map(attempts.map((of) => [attemptKey(of), endInTicks(record.facts(of))]))
  const earlier = earlierLooks(looks, ends)
  const left = new Set(earlier.recent().marks.values())
  const ending = attempts
    .filter((of) => left.has(attemptKey(of)))
    .map((of) => {
      const { started, starting } = record.facts(of)
      const tree = new AttemptTree(attemptKey(of), started?.pid ?? NOBODY, started?.startTime)
      return endTree({ tree, looks: earlier, graceMs: starting?.graceMs ?? 0 })
    })
  await Promise.all(ending)
  return ending.length
}

function attemptOf(key: string): { readonly trial: number; readonly attempt: number } {
  const [trial, attempt] = key.split('.').map(Number) as [number, number]
  return { trial, attempt }
}

/** Only marks of processes that began before their attempt had ended; what is below them is found by its parent. */
function earlierLooks(looks: ProcessLooks, ends: ReadonlyMap<string, number | undefined>): Looks {
  const earlier = (look: Look): Look => {
    const startTimes = new Map(look.all.map(({ pid, startTime }) => [pid, Number(startTime)]))
    const isEarlier = ([pid, key]: readonly [number, string]) =>
      pid !== process.pid && (startTimes.get(pid) ?? Number.POSITIVE_INFINITY) <= (ends.get(key) ?? 0)
    return { ...look, marks: new Map([...look.marks].filter(isEarlier)) }
  }
  return { recent: () => earlier(looks.recent()), next: async () => earlier(await looks.next()) }
}

/**
 * On the scale of start times; by the clock that never goes back, where the record knows when the attempt began.
 *
 * @returns undefined for one that has not ended
 */
function endInTicks({ ended, started }: AttemptFacts): number | undefined {
  if (ended === undefined || (started !== undefined && started.bootId !== bootId())) return undefined
  if (started !== undefined) return Number(started.startTime) + ((ended.after + MARGIN_MS) * TICKS) / 1000
  const ago = Date.now() - ended.at
  return (uptime() - (ago - MARGIN_MS) / 1000) * TICKS
}
