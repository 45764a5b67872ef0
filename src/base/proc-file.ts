import { closeSync, openSync, readSync } from 'node:fs'

/** The file that was read last. */
let buffer = Buffer.alloc(0)
const EMPTY = Buffer.alloc(0)

/**
 * Reads a file of /proc or /sys. They have no size, so Node itself would take 64 KiB for each: the memory of whoever
 * looks often would grow, and every spawn copies it.
 *
 * @returns bytes that are good until the next call; none when the file has gone, is empty, or is not for us
 */
export function readProc(path: string): Buffer {
  if (buffer.length === 0) buffer = Buffer.alloc(64 * 1024)
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return EMPTY
  }
  try {
    for (let length = 0; ; ) {
      const n = readSync(fd, buffer, length, buffer.length - length, null)
      length += n
      if (n === 0) return buffer.subarray(0, length)
      if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * length)
    }
  } catch {
    // The process went while we looked.
    return EMPTY
  } finally {
    closeSync(fd)
  }
}
