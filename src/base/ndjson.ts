import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** One complete line and the byte offset at which it starts. */
export interface Line {
  readonly text: string
  readonly offset: number
}

const NEWLINE = 10
const CHUNK = 1 << 20

/**
 * Reads the lines that others append to a file, each once, whole lines only.
 * A half-written last line stays for the next call. A file that does not exist yet has no lines.
 */
export class LineTail {
  readonly path: string
  #offset: number
  #rest: Buffer = Buffer.alloc(0)

  constructor(path: string, offset = 0) {
    this.path = path
    this.#offset = offset
  }

  /** Byte offset behind the last complete line that was handed out. */
  get offset(): number {
    return this.#offset - this.#rest.length
  }

  /** The bytes after the last newline, if the writer died in the middle of a line. */
  get unfinished(): string {
    return this.#rest.toString('utf8')
  }

  /** @param limit bytes to read at most, so that a flood cannot block the caller; call again for the rest */
  read(limit = 8 * CHUNK): Line[] {
    let fd: number
    try {
      fd = openSync(this.path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
    try {
      const lines: Line[] = []
      const size = fstatSync(fd).size
      let budget = Math.min(limit, size - this.#offset)
      while (budget > 0) {
        const chunk = Buffer.allocUnsafe(Math.min(budget, CHUNK))
        const got = readSync(fd, chunk, 0, chunk.length, this.#offset)
        if (got === 0) break
        this.#take(chunk.subarray(0, got), lines)
        budget -= got
      }
      return lines
    } finally {
      closeSync(fd)
    }
  }

  #take(chunk: Buffer, lines: Line[]): void {
    const start = this.#offset - this.#rest.length
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#offset += chunk.length
    let from = 0
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, from)) {
      lines.push({ text: data.toString('utf8', from, end), offset: start + from })
      from = end + 1
    }
    this.#rest = Buffer.from(data.subarray(from))
  }
}

/** @returns the object of a line, or undefined when the line is not one JSON object. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.charCodeAt(0) !== 123 && !text.trimStart().startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
