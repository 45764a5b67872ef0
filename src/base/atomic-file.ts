import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface AtomicWriteOptions {
  /** Also survive a power cut: fsync the file and its folder. @default true */
  readonly durable?: boolean
  /** Permission bits, such as 0o600 for what nobody else may read. @default 0o644 */
  readonly mode?: number
}

/**
 * Replaces `path` as a whole: readers see the old content or the new one, never a part.
 * A failed write (a full disk, say) leaves the old content in place and no temporary file behind.
 *
 * @param content parts are written one after the other, so that a large file need not be in memory as a whole
 */
export function writeFileAtomic(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
  options: AtomicWriteOptions = {},
): void {
  const durable = options.durable ?? true
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const fd = openSync(temporary, 'w', options.mode ?? 0o644)
    try {
      const parts = typeof content === 'string' ? [Buffer.from(content)] : Array.isArray(content) ? content : [content]
      for (const data of parts as readonly Uint8Array[]) {
        // The system refuses to write more than 2 GiB at once.
        for (let done = 0; done < data.length; ) {
          done += writeSync(fd, data, done, Math.min(data.length - done, 1 << 30))
        }
      }
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
