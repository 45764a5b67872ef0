import { systemClock } from '../../base/clock.ts'
import { type Firing, isBrokenOff, lastFirings, removeOldFirings, writeFiring } from '../../schedules/firing.ts'
import { filesOf } from '../../schedules/schedule-folder.ts'
import type { Workspace } from '../workspace.ts'
import { settled } from './last-sweep.ts'
import { type NightOptions, runNight } from './run-night.ts'
import { takeTurn, workingHere } from './take-turn.ts'

/** Older ones were settled when these were new. */
const LOOKED_AT = 5

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
    settleEarlier(workspace, schedule.name, { stamp, replaced: turn.replaced })
    const either = signal === undefined ? own.signal : AbortSignal.any([signal, own.signal])
    return await runNight({ ...options, signal: either })
  } finally {
    workingHere.delete(place)
    turn.lock.release()
    removeOldFirings(workspace.folder, schedule.name)
  }
}

/** What earlier firings could not write down themselves; nobody works on them now, because it is our turn. */
function settleEarlier(
  workspace: Workspace,
  name: string,
  { stamp, replaced }: { readonly stamp: string; readonly replaced: string | undefined },
): void {
  const { folder } = workspace
  for (const earlier of lastFirings(folder, name, LOOKED_AT)) {
    if (earlier.stamp === stamp || earlier.outcome === 'skipped') continue
    const known = settled(workspace, earlier)
    if (known !== earlier) writeFiring(folder, name, known)
    else if (earlier.stamp === replaced && earlier.outcome !== 'finished') {
      writeFiring(folder, name, { ...earlier, outcome: 'replaced', reason: `${stamp} replaced it` })
    } else if (isBrokenOff(earlier) && earlier.outcome !== 'ended') {
      writeFiring(folder, name, { ...earlier, outcome: 'ended', reason: 'its process or the machine died' })
    }
  }
}
