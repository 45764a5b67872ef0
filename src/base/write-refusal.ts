import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'

/** What a write of this size does not show, a line in a log or an event file will hardly meet. */
const PROBE_BYTES = 64 * 1024
const DISK: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EFBIG'])

const IN_WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk was full'],
  ['EDQUOT', 'the disk quota was used up'],
  ['EROFS', 'the disk was read-only'],
  ['EIO', 'the disk failed'],
  ['EFBIG', 'the file would have become larger than the process may make it'],
  ['EAGAIN', 'the system refused another process'],
  ['ENOMEM', 'the system had no memory for another process'],
  ['EMFILE', 'the process that starts trials had too many files open'],
  ['ENFILE', 'the system had too many files open'],
])

/** @returns a phrase for a system error that no trial has to answer for; undefined for all others */
export function machineRefusal(code: string): string | undefined {
  const words = IN_WORDS.get(code)
  return words === undefined ? undefined : `${words} (${code})`
}

/**
 * Whether the disk below a folder takes data right now. Found out by writing, because neither a quota nor a failing disk
 * shows in what the system says of its free space.
 *
 * @returns the system's refusal, such as `ENOSPC`; undefined when it can be written, or cannot for a reason of its own
 */
export function writeRefusal(folder: string): string | undefined {
  const probe = `${folder}/.room-${process.pid}`
  try {
    const fd = openSync(probe, 'w')
    try {
      // Without its name it takes the same room, and a process that is killed now leaves nothing behind.
      rmSync(probe, { force: true })
      writeFileSync(fd, Buffer.alloc(PROBE_BYTES))
    } finally {
      closeSync(fd)
    }
    return undefined
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return DISK.has(code) ? code : undefined
  }
}
