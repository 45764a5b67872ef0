import { realpathSync, statSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import { type Clock, systemClock } from '../base/clock.ts'
import { SweepError } from '../base/errors.ts'
import { bytes, counted, duration } from '../base/human-readable.ts'
import { bootId } from '../base/process-identity.ts'
import { fileIn } from '../journal/folder.ts'
import { type LockHolder, lockHolder } from '../journal/lock.ts'
import { sizeOf } from '../journal/read-journal.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { gcSweeps } from './gc/gc.ts'
import { type LivingAttempt, livingAttempts } from './left-running.ts'
import type { Check } from './machine-check.ts'
import { newestEvent } from './newest-event.ts'
import { writersOf } from './open-files.ts'
import { listSweepIds, sweepDirOf, type Workspace } from './workspace.ts'

/** What was seen of one sweep; all sentences about it are made from this. */
export interface SeenSweep {
  readonly id: string
  readonly dir: string
  readonly holder: LockHolder | undefined
  readonly state: SweepSnapshot['state']
  /** Trials whose processes live while nobody looks after them. */
  readonly orphans: readonly LivingAttempt[]
  /** Processes that have its journal open for writing. */
  readonly writers: readonly number[]
  /** Its journal grew while it was looked at. */
  readonly grows: boolean
  readonly journalWrittenMs: number
  /** When its newest event says it happened. */
  readonly newestEventMs: number | undefined
}

/** This machine, as far as it matters for locks. */
export interface Here {
  readonly host: string
  readonly bootId: string
  readonly bootedMs: number
  readonly now: number
}

/** Milliseconds in which a journal that somebody writes shows it. */
const LOOK_MS = 300
/** Clocks of hosts that share a disk differ a little. */
const SKEW_MS = 60_000

/** Looks through runs/ for what an unhappy night leaves behind. Changes nothing. */
export async function sweepChecks(workspace: Workspace, clock: Clock = systemClock): Promise<Check[]> {
  const checks: Check[] = []
  const ids = listSweepIds(workspace)
  const journals = ids.map((id) => fileIn(sweepDirOf(workspace, id), 'journal'))
  const before = journals.map(sizeOf)
  if (ids.length > 0) await clock.sleep(LOOK_MS)
  const grown = new Set(journals.filter((path, i) => sizeOf(path) !== before[i]))
  const writers = writersOf(new Set(journals.map(real)))
  const now = clock.now()
  const here: Here = { host: hostname(), bootId: bootId(), bootedMs: now - uptime() * 1000, now }
  for (const [i, id] of ids.entries()) {
    const journal = journals[i] as string
    const look = {
      id,
      dir: sweepDirOf(workspace, id),
      grows: grown.has(journal),
      writers: writers.get(real(journal)) ?? [],
    }
    try {
      checks.push(...aboutSweep(seen(look), here))
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      checks.push(check('fail', `${id}: ${error.message}`, error.suggestions[0]))
    }
  }
  if (checks.length === 0) checks.push(check('ok', `${counted(ids.length, 'sweep')}, none needs anything`))
  return [...checks, ...gcCheck(workspace)]
}

type Look = Pick<SeenSweep, 'id' | 'dir' | 'grows' | 'writers'>

function seen(look: Look): SeenSweep {
  const { state, trials } = readSnapshot(look.dir)
  const holder = lockHolder(look.dir)
  const running = trials.filter((trial) => trial.state === 'running')
  const orphans = holder === undefined || holder.state === 'dead' ? livingAttempts(look.dir, running) : []
  const journal = fileIn(look.dir, 'journal')
  const journalWrittenMs = statSync(journal, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return { ...look, holder, state, orphans, journalWrittenMs, newestEventMs: newestEvent(journal) }
}

/** Pure: what is wrong with one sweep and what to do about it; empty when nothing is. */
export function aboutSweep(sweep: SeenSweep, here: Here): Check[] {
  return [...writerChecks(sweep, here), ...lockChecks(sweep, here), ...clockChecks(sweep, here)]
}

/** Two processes that write one journal spoil it, so these come first and fail. */
function writerChecks({ id, dir, holder, writers, grows, journalWrittenMs }: SeenSweep, here: Here): Check[] {
  const foreign = writers.filter((pid) => !(holder?.state === 'alive' && holder.process.pid === pid))
  if (foreign.length > 0) {
    const who = foreign.length === 1 ? `process ${foreign[0]} writes` : `processes ${foreign.join(', ')} write`
    const saw = `${id}: ${who} its journal without holding its lock`
    return [
      check(
        'fail',
        saw,
        `look at it: ps -fp ${foreign.join(',')}; end it: kill ${foreign.join(' ')}; then: sweep resume ${id}`,
      ),
    ]
  }
  const held = holder?.state === 'alive' || holder?.state === 'elsewhere'
  if (grows && !held) {
    const saw = `${id}: its journal grows, although no process that this machine can see holds its lock`
    const advice = `another host or container writes it under the name ${here.host}: end it there, and give each host and container a name of its own`
    return [check('fail', saw, advice)]
  }
  const sameName = holder?.process.host === here.host && holder.process.bootId !== here.bootId
  if (sameName && journalWrittenMs > here.bootedMs + SKEW_MS) {
    const saw = `${id} was written since this machine was started, by another one that is called ${here.host} as well`
    const advice = `give them different names (hostnamectl set-hostname NAME), and do not resume it here while it runs there; its lock: ${dir}/lock`
    return [check('fail', saw, advice)]
  }
  return []
}

function lockChecks({ id, dir, holder, state, orphans }: SeenSweep, here: Here): Check[] {
  if (holder?.state === 'alive') return []
  if (holder?.state === 'elsewhere') {
    const { pid, host } = holder.process
    const advice = `on ${host}: ps -fp ${pid}; only if nothing runs there: rm '${dir}/lock', then: sweep resume ${id}`
    return [check('warn', `${id} is held by process ${pid} of ${host}, where ${here.host} cannot look`, advice)]
  }
  if (orphans.length > 0) {
    const processes = orphans.map(({ trial, process }) => `trial ${trial} in process ${process.pid}`)
    const list = processes.length > 4 ? `${processes.slice(0, 4).join(', ')} ...` : processes.join(', ')
    const saw = `${id}: its process died, ${counted(orphans.length, 'trial')} still ${orphans.length === 1 ? 'runs' : 'run'} (${list})`
    return [check('warn', saw, `go on with them: sweep resume ${id}; end them: sweep stop ${id}`)]
  }
  if (holder !== undefined) {
    const after = state === 'running' ? '' : `, after it was ${state}`
    const saw = `${id}: its process ${holder.process.pid} died without putting its lock away${after}`
    return [check('warn', saw, `nothing is lost: sweep resume ${id}`)]
  }
  if (state !== 'running') return []
  return [check('warn', `${id} says that it runs, but nobody holds its lock`, `nothing is lost: sweep resume ${id}`)]
}

function clockChecks({ id, newestEventMs }: SeenSweep, { now }: Here): Check[] {
  if (newestEventMs === undefined || newestEventMs <= now + SKEW_MS) return []
  const ahead = duration(newestEventMs - now)
  const saw = `the newest event of ${id} is ${ahead} in the future: a clock was wrong, or was set back`
  const advice = 'set the clock (timedatectl set-ntp true); the order of events is safe, times in its report are off'
  return [{ name: 'clock', state: 'warn', saw, advice }]
}

function gcCheck(workspace: Workspace): Check[] {
  const { files, bytes: size } = gcSweeps({ workspace })
  if (files === 0) return []
  return [
    {
      name: 'leftovers',
      state: 'ok',
      saw: `${bytes(size)} in ${counted(files, 'file')} can be freed`,
      advice: 'sweep gc',
    },
  ]
}

function check(state: Check['state'], saw: string, advice?: string): Check {
  return { name: 'sweeps', state, saw, ...(advice === undefined ? {} : { advice }) }
}

/** As /proc shows it. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
