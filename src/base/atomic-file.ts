import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface AtomicWriteOptions {
  /** Also survive a power cut: fsync the file and its folder. @default true */
  readonly durable?: boolean
}

/**
 * Replaces `path` as a whole: readers see the old content or the new one, never a part.
 * A failed write (a full disk, say) leaves the old content in place and no temporary file behind.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, options: AtomicWriteOptions = {}): void {
  const durable = options.durable ?? true
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const fd = openSync(temporary, 'w', 0o644)
    try {
      const data = typeof content === 'string' ? Buffer.from(content) : content
      for (let done = 0; done < data.length; ) done += writeSync(fd, data, done)
      if (durable) fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  if (durable) syncFolder(dirname(path))
}

/** Makes a rename or a creation in `folder` survive a power cut. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
