import { statfsSync } from 'node:fs'
import { bytes, grouped } from '../base/human-readable.ts'
import { diskSpace, isLow, keepFree } from '../orchestrator/disk-space.ts'
import type { Check } from './machine-check.ts'

const GIB = 1024 ** 3

/** Room on the disk of a folder, in bytes and in files. */
export function diskCheck(folder: string): Check {
  const space = diskSpace(folder)
  if (space === undefined)
    return { name: 'disk', state: 'ok', saw: `the system does not say what is free in ${folder}` }
  const { freeBytes, freeFiles } = space
  const saw = `${bytes(freeBytes)} free in ${folder}`
  if (freeFiles !== undefined && freeFiles < 10_000) {
    const advice = 'many small files take the room: sweep gc, then look with: df -i'
    return {
      name: 'disk',
      state: freeFiles < 100 ? 'fail' : 'warn',
      saw: `room for ${grouped(freeFiles)} more files`,
      advice,
    }
  }
  if (freeBytes < GIB / 10)
    return { name: 'disk', state: 'fail', saw, advice: 'free some space, or trials will fail: sweep gc' }
  if (isLow(space, keepFree(space, undefined))) {
    const advice = 'sweeps start no new trial until there is more (disk.keep_free): sweep gc'
    return { name: 'disk', state: 'warn', saw, advice }
  }
  if (freeBytes < 2 * GIB)
    return { name: 'disk', state: 'warn', saw, advice: 'free some space before a long sweep: sweep gc' }
  return { name: 'disk', state: 'ok', saw }
}

/** File systems that several hosts may write to. @source linux/magic.h and statfs(2) */
const SHARED: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x00c36400, 'Ceph'],
  [0x19830326, 'BeeGFS'],
  [0x01021997, '9p'],
])
/** In memory: gone with the machine. */
const PASSING = new Set([0x01021994, 0x858458f6])

/** What kind of disk runs/ lies on, and what that means for locks. */
export function fileSystemCheck(folder: string, type: number = statfsSync(folder).type): Check {
  // The number has 32 bits and may come with a sign.
  const kind = type >>> 0
  const shared = SHARED.get(kind)
  if (shared !== undefined) {
    return {
      name: 'file system',
      state: 'warn',
      saw: `${folder} is on ${shared}, which other hosts may write to as well`,
      advice:
        'locks work there and are never taken from another host, but give each host a name of its own, set the clocks by NTP, and expect "sweep status" of another host to be some seconds old',
    }
  }
  if (PASSING.has(kind)) {
    const advice = 'what is in memory is gone after a restart of the machine: keep runs/ on a disk'
    return { name: 'file system', state: 'warn', saw: `${folder} is in memory (tmpfs)`, advice }
  }
  return { name: 'file system', state: 'ok', saw: 'a disk of this machine' }
}
