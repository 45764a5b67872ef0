import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { parseObject } from '../base/ndjson.ts'

/** A journal's lines are short; a note may hold a page. */
const TAIL_BYTES = 64 * 1024

/** What the last whole line of a journal says of its time, without reading the rest. */
export function newestEvent(journal: string): number | undefined {
  let fd: number
  try {
    fd = openSync(journal, 'r')
  } catch {
    return undefined
  }
  try {
    const { size } = fstatSync(fd)
    const data = Buffer.alloc(Math.min(size, TAIL_BYTES))
    readSync(fd, data, 0, data.length, size - data.length)
    const times = data
      .toString('utf8')
      .split('\n')
      .map((line) => parseObject(line)?.t)
    return times.findLast((time) => typeof time === 'number')
  } finally {
    closeSync(fd)
  }
}
