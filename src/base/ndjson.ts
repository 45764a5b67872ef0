import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'

/** One complete line and the byte offset at which it starts. */
export interface Line {
  readonly text: string
  readonly offset: number
}

export interface LineTailOptions {
  /** Byte to start at. @default 0 */
  readonly offset?: number
  /** Longer lines are passed over, so that one endless line cannot eat the memory. @default 1 MiB */
  readonly longestLine?: number
}

const NEWLINE = 10
const CHUNK = 1 << 20

/**
 * Reads the lines that others append to a file, each once, whole lines only.
 * A half-written last line stays for the next call. A file that does not exist yet has no lines.
 * A file that was truncated or replaced by another one is read from its start.
 */
export class LineTail {
  readonly path: string
  readonly #longest: number
  #position: number
  #lineStart: number
  #rest: Buffer[] = []
  #restLength = 0
  #dropping = false
  #dropped = 0
  #inode = 0
  #born = 0
  #birthIsKnown = false
  #size = 0

  constructor(path: string, options: LineTailOptions = {}) {
    this.path = path
    this.#position = options.offset ?? 0
    this.#lineStart = this.#position
    this.#longest = options.longestLine ?? CHUNK
  }

  /** Byte offset behind the last complete line that was handed out. */
  get offset(): number {
    return this.#lineStart
  }

  /** Byte offset behind everything that was read, a half line included. */
  get position(): number {
    return this.#position
  }

  /** The bytes after the last newline, if the writer died in the middle of a line. */
  get unfinished(): string {
    return Buffer.concat(this.#rest).toString('utf8')
  }

  /** Lines passed over because they were too long. */
  get dropped(): number {
    return this.#dropped
  }

  /**
   * Costs one `stat` (microseconds) when there is nothing new.
   *
   * @param limit bytes to read at most, so that a flood cannot block the caller; call again for the rest
   */
  read(limit = 8 * CHUNK): Line[] {
    const lines: Line[] = []
    const stats = statSync(this.path, { throwIfNoEntry: false })
    if (stats === undefined || !this.#hasNew(stats)) return lines
    const fd = openSync(this.path, 'r')
    try {
      let budget = Math.min(limit, stats.size - this.#position)
      while (budget > 0) {
        const chunk = Buffer.allocUnsafe(Math.min(budget, CHUNK))
        const got = readSync(fd, chunk, 0, chunk.length, this.#position)
        if (got === 0) break
        this.#take(chunk.subarray(0, got), lines)
        budget -= got
      }
    } finally {
      closeSync(fd)
    }
    return lines
  }

  /** Whether a read would find bytes; costs one `stat`. */
  hasNews(): boolean {
    const stats = statSync(this.path, { throwIfNoEntry: false })
    return stats !== undefined && this.#hasNew(stats)
  }

  /** The last read stopped at its limit, before the end of the file. */
  get behind(): boolean {
    return this.#position < this.#size
  }

  #hasNew(stats: Stats): boolean {
    const bornAgain = this.#isBornAgain(stats)
    const replaced = this.#inode !== 0 && (stats.ino !== this.#inode || bornAgain)
    this.#inode = stats.ino
    this.#size = stats.size
    if (replaced || stats.size < this.#position) this.#startAgain()
    return stats.size > this.#position
  }

  /** The system gives the number of a removed file to the next one. Where it knows no birth, it always names the last change. */
  #isBornAgain({ birthtimeMs, ctimeMs }: Stats): boolean {
    if (birthtimeMs !== ctimeMs) this.#birthIsKnown = true
    const before = this.#born
    this.#born = birthtimeMs
    return this.#birthIsKnown && before !== 0 && before !== birthtimeMs
  }

  #startAgain(): void {
    this.#position = 0
    this.#lineStart = 0
    this.#forgetRest()
  }

  #forgetRest(): void {
    this.#rest = []
    this.#restLength = 0
    this.#dropping = false
  }

  #take(chunk: Buffer, lines: Line[]): void {
    const base = this.#position
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const text = this.#finished(chunk, from, end)
      if (text !== undefined) lines.push({ text, offset: this.#lineStart })
      from = end + 1
      this.#lineStart = base + from
    }
    this.#position = base + chunk.length
    this.#keep(chunk, from)
  }

  /** @returns the line that ends at `end`, or undefined when it is too long */
  #finished(chunk: Buffer, from: number, end: number): string | undefined {
    const tooLong = this.#dropping || this.#restLength + end - from > this.#longest
    if (tooLong) this.#dropped++
    const text = tooLong
      ? undefined
      : this.#restLength === 0
        ? chunk.toString('utf8', from, end)
        : Buffer.concat([...this.#rest, chunk.subarray(from, end)]).toString('utf8')
    if (this.#restLength > 0 || this.#dropping) this.#forgetRest()
    return text
  }

  /** Pieces of a long line are joined once, when its end comes: joining at every read would cost its length squared. */
  #keep(chunk: Buffer, from: number): void {
    if (from === chunk.length || this.#dropping) return
    this.#restLength += chunk.length - from
    if (this.#restLength > this.#longest) {
      this.#forgetRest()
      this.#dropping = true
      return
    }
    // A copy, so that a few bytes do not keep a whole chunk alive.
    this.#rest.push(Buffer.from(chunk.subarray(from)))
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
