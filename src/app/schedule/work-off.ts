import { systemClock } from '../../base/clock.ts'
import { type Firing, isBrokenOff, lastFirings, removeOldFirings, writeFiring } from '../../schedules/firing.ts'
import type { Schedule } from '../../schedules/schedule.ts'
import { filesOf } from '../../schedules/schedule-folder.ts'
import type { Workspace } from '../workspace.ts'
import { settled } from './last-sweep.ts'
import { type NightOptions, runNight } from './run-night.ts'
import { takeTurn, workingHere } from './take-turn.ts'

/** Does what was decided: waits for its turn, runs the night and writes down what it came to. */
export async function workOff(options: NightOptions): Promise<Firing> {
  const { workspace, schedule, firing, change, clock = systemClock, signal } = options
  const { stamp, until } = firing
  const span = until === undefined ? {} : { until }
  const turn = await takeTurn({
    workspace,
    schedule,
    stamp,
    clock,
    ...span,
    ...(signal === undefined ? {} : { signal }),
  })
  if ('skipped' in turn) return change({ outcome: 'skipped', reason: turn.skipped, endedAt: clock.now() })
  if ('ended' in turn) return change({ outcome: 'ended', endedAt: clock.now() })
  const place = filesOf(workspace.folder, schedule.name).firing
  const own = new AbortController()
  workingHere.set(place, own)
  try {
    settleEarlier(workspace, schedule, stamp)
    const either = signal === undefined ? own.signal : AbortSignal.any([signal, own.signal])
    return await runNight({ ...options, signal: either })
  } finally {
    workingHere.delete(place)
    turn.release()
    removeOldFirings(workspace.folder, schedule.name)
  }
}

/** What earlier firings could not write down themselves; nobody works on them now, because it is our turn. */
function settleEarlier(workspace: Workspace, { name, overlap }: Schedule, stamp: string): void {
  const { folder } = workspace
  const [last] = lastFirings(folder, name).filter((other) => other.stamp !== stamp && other.outcome !== 'skipped')
  if (last === undefined) return
  const known = settled(workspace, last)
  if (known !== last) writeFiring(folder, name, known)
  else if (last.outcome === 'ended' && overlap === 'replace' && endedJustNow(last)) {
    writeFiring(folder, name, { ...last, outcome: 'replaced', reason: `${stamp} replaced it` })
  } else if (isBrokenOff(last) && last.outcome !== 'ended') {
    writeFiring(folder, name, { ...last, outcome: 'ended', reason: 'its process or the machine died' })
  }
}

/** The one that we asked to end, and not one that a shutdown ended some nights ago. */
function endedJustNow({ endedAt }: Firing): boolean {
  return endedAt !== undefined && Date.now() - endedAt < 60_000
}
