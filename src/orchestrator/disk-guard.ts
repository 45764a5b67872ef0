import { bytes } from '../base/human-readable.ts'
import { type DiskSpace, diskSpace, isLow, keepFree } from './disk-space.ts'
import { record, type SweepLoop } from './sweep-loop.ts'

/** Milliseconds between two looks; while the disk is low a person may be freeing it just now, so that it is the same. */
const LOOK_MS = 3000
/** More than this must be free again, so that a disk at the very limit does not let trials start one by one. */
const AGAIN = 1.1

/**
 * Whether the disk has room for another trial. A full disk ends trials that have run for hours, so the last of the room
 * belongs to those that run: they go on, and new ones wait until there is room again.
 */
export function roomOnDisk(loop: SweepLoop): boolean {
  const { clock, diskGuard: guard, spec, sweepDir, spaceOf = diskSpace } = loop
  if (clock.monotonic() < guard.nextLook) return !guard.low
  guard.nextLook = clock.monotonic() + LOOK_MS
  const space = spaceOf(sweepDir)
  if (space === undefined) return !guard.low
  const keep = keepFree(space, spec.disk)
  const low = isLow(space, guard.low ? keep * AGAIN : keep)
  if (low !== guard.low) say(loop, space, { low, keep })
  guard.low = low
  return !low
}

/** Once each time it changes. */
function say(loop: SweepLoop, space: DiskSpace, { low, keep }: { readonly low: boolean; readonly keep: number }): void {
  const free = space.freeBytes < keep || !low ? `${bytes(space.freeBytes)}` : `room for ${space.freeFiles} files`
  const text = low
    ? `The disk of ${loop.sweepDir} has ${free} left; below ${bytes(keep)} (disk.keep_free) no new trial is started, and those that run go on. Free some room, and the sweep goes on by itself: sweep gc`
    : `The disk of ${loop.sweepDir} has room again (${free}): new trials are started.`
  record(loop, { type: 'note', level: low ? 'warn' : 'info', text })
}
