import { isUtf8 } from 'node:buffer'

const QUOTE = 34
const CR = 13
const LF = 10

/** A record longer than this is a quote that somebody forgot to close. */
const LONGEST_RECORD = 1 << 24

export type Delimiter = ',' | ';' | '\t' | '|'

/** One record of a delimited file. Valid until the next one is read. */
export interface DelimitedRecord {
  /** 1-based line on which it starts. */
  readonly line: number
  readonly width: number
  /** What its quoting has wrong, and where; its cells are then of no use. */
  readonly broken: { readonly line: number; readonly message: string } | undefined
  cell(index: number): string
  /** False when bytes of it are not UTF-8. */
  isUtf8(): boolean
  /** For messages: line and text of the first of its lines that is not UTF-8, read as Latin-1. */
  strangeLine(): { readonly line: number; readonly text: string }
}

/**
 * Reads CSV or TSV with RFC 4180 quoting: fields in double quotes may hold delimiters, line breaks and doubled quotes.
 * Takes LF and CRLF; blank lines are skipped. A quote inside an unquoted field is a plain character, because so many
 * exported texts have one. After a broken quote it goes on at the next line, so that all broken ones are found.
 *
 * Works on bytes: only the cells that are asked for become strings, and none of them keeps the file in memory.
 */
export function* delimitedRecords(chunks: Iterable<Buffer>, delimiter: Delimiter): Generator<DelimitedRecord> {
  const reader = new RecordReader(delimiter.charCodeAt(0))
  for (const chunk of chunks) {
    reader.feed(chunk)
    while (reader.read(false)) if (!reader.isBlank) yield reader
  }
  while (reader.read(true)) if (!reader.isBlank) yield reader
}

class RecordReader implements DelimitedRecord {
  line = 1
  broken: { line: number; message: string } | undefined
  readonly #delimiter: number
  #bytes = Buffer.alloc(0)
  /** Where the next record starts, on which line. */
  #next = 0
  #nextLine = 1
  #start = 0
  #at = 0
  #fields: { start: number; end: number; quoted: boolean }[] = []

  constructor(delimiter: number) {
    this.#delimiter = delimiter
  }

  get width(): number {
    return this.#fields.length
  }

  get isBlank(): boolean {
    const [only, second] = this.#fields
    return this.broken === undefined && second === undefined && only?.start === only?.end && !only?.quoted
  }

  feed(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#next), chunk])
    this.#next = 0
  }

  /** @returns false when there is no whole record in what was fed; at the end any rest is one */
  read(isEnd: boolean): boolean {
    if (this.#next >= this.#bytes.length) return false
    this.#start = this.#next
    this.#at = this.#start
    this.line = this.#nextLine
    this.broken = undefined
    this.#fields = []
    let line = this.line
    for (;;) {
      const lines = this.#bytes[this.#at] === QUOTE ? this.#quoted(line, isEnd) : this.#plain(isEnd)
      if (lines === undefined) return false
      line += lines
      const end = this.#bytes[this.#at]
      if (end === CR) this.#at++
      this.#at++
      if (end === this.#delimiter && !this.broken) continue
      this.#next = Math.min(this.#at, this.#bytes.length)
      this.#nextLine = line + 1
      return true
    }
  }

  cell(index: number): string {
    const field = this.#fields[index]
    if (!field) return ''
    const text = this.#bytes.toString('utf8', field.start, field.end)
    return field.quoted && text.includes('"') ? text.replaceAll('""', '"') : text
  }

  isUtf8(): boolean {
    return isUtf8(this.#bytes.subarray(this.#start, this.#next))
  }

  strangeLine(): { line: number; text: string } {
    let start = this.#start
    for (let line = this.line; ; line++) {
      const found = this.#bytes.indexOf(LF, start)
      const end = found === -1 || found > this.#next ? this.#next : found
      const bytes = this.#bytes.subarray(start, end)
      if (!isUtf8(bytes) || end >= this.#next) return { line, text: bytes.toString('latin1').trim() }
      start = end + 1
    }
  }

  /** @returns line breaks inside the field, here none; undefined when its end is not there yet */
  #plain(isEnd: boolean): 0 | undefined {
    const start = this.#at
    // The hot loop: on local names, and one look at most bytes.
    const [bytes, delimiter] = [this.#bytes, this.#delimiter]
    let at = start
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte === delimiter || byte === LF || (byte === CR && bytes[at + 1] === LF)) break
    }
    this.#at = at
    // A CR at the end of what was fed may be half a line end.
    if (!isEnd && this.#at + 1 >= this.#bytes.length) return undefined
    this.#fields.push({ start, end: this.#at, quoted: false })
    return 0
  }

  #quoted(line: number, isEnd: boolean): number | undefined {
    const start = this.#at + 1
    let end = start
    for (;;) {
      end = this.#bytes.indexOf(QUOTE, end)
      if (end === -1 || (!isEnd && end + 2 >= this.#bytes.length)) return this.#unclosed(line, isEnd)
      if (this.#bytes[end + 1] !== QUOTE) break
      end += 2
    }
    const breaks = this.#count(LF, start, end)
    this.#at = end + 1
    this.#fields.push({ start, end, quoted: true })
    if (this.#endsField()) return breaks
    const seen = this.#bytes.toString('utf8', end, end + 12).split(/\r?\n/, 1)[0]
    const message = `A closing quote is followed by text (${seen}); a quote inside a field is doubled.`
    return this.#goOnBelow(breaks, { line: line + breaks, message })
  }

  #unclosed(line: number, isEnd: boolean): number | undefined {
    if (!isEnd && this.#bytes.length - this.#start < LONGEST_RECORD) return undefined
    return this.#goOnBelow(0, { line, message: 'A quoted field is opened here and never closed.' })
  }

  /** Leaves the rest of this line out; what follows may be fine. */
  #goOnBelow(breaks: number, broken: { line: number; message: string }): number {
    this.broken = broken
    const end = this.#bytes.indexOf(LF, this.#at)
    this.#at = end === -1 ? this.#bytes.length : end
    return breaks
  }

  #endsField(): boolean {
    if (this.#at >= this.#bytes.length) return true
    const byte = this.#bytes[this.#at]
    return byte === this.#delimiter || byte === LF || (byte === CR && this.#bytes[this.#at + 1] === LF)
  }

  #count(byte: number, start: number, end: number): number {
    let count = 0
    for (let at = this.#bytes.indexOf(byte, start); at !== -1 && at < end; at = this.#bytes.indexOf(byte, at + 1)) {
      count++
    }
    return count
  }
}
