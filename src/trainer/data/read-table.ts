import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { extname } from 'node:path'
import { ProblemsError, UserError } from '../../base/errors.ts'
import { parseDelimited } from './delimited.ts'
import { parseJsonLines } from './json-lines.ts'
import { LineError, type Row, type Table } from './table.ts'

const DELIMITERS: Readonly<Record<string, ',' | '\t'>> = { '.csv': ',', '.tsv': '\t', '.tab': '\t' }
const JSON_LINES: ReadonlySet<string> = new Set(['.jsonl', '.ndjson'])
/** A header longer than this is not one. */
const HEADER_BYTES = 1 << 16

/**
 * Reads a data file whole; its ending says how.
 *
 * @throws {UserError} DATA_FILE_MISSING, DATA_FILE_KIND, DATA_NOT_UTF8
 * @throws {ProblemsError} DATA_LINE when a line cannot be read: the first one, with its number
 */
export function readTable(file: string, content: Uint8Array = readData(file)): Table {
  const text = decode(file, content)
  return atLine(file, () => {
    const delimiter = delimiterOf(file)
    if (delimiter === undefined) return { file, ...parseJsonLines(text) }
    const [header, ...rows] = parseDelimited(text, delimiter)
    const columns = (header?.cells ?? []).map((cell) => cell?.trim() ?? '')
    for (const row of rows) checkWidth(row, columns.length)
    return { file, columns, rows }
  })
}

/**
 * @returns the columns of a CSV or TSV file from its first bytes; undefined for JSONL, where any line may add some
 * @throws like {@link readTable}
 */
export function readHeader(file: string): readonly string[] | undefined {
  const start = atFile(file, () => firstBytes(file))
  const delimiter = delimiterOf(file)
  if (delimiter === undefined) return undefined
  // Not fatal: the last character may be cut in half.
  const text = new TextDecoder('utf-8').decode(start)
  return atLine(file, () => parseDelimited(text, delimiter, 1)[0]?.cells.map((cell) => cell?.trim() ?? '') ?? [])
}

/** @throws {UserError} DATA_FILE_MISSING */
export function readData(file: string): Uint8Array {
  return atFile(file, () => readFileSync(file))
}

function firstBytes(file: string): Buffer {
  const fd = openSync(file, 'r')
  try {
    const start = Buffer.alloc(HEADER_BYTES)
    return start.subarray(0, readSync(fd, start, 0, HEADER_BYTES, 0))
  } finally {
    closeSync(fd)
  }
}

function delimiterOf(file: string): ',' | '\t' | undefined {
  const ending = extname(file).toLowerCase()
  if (JSON_LINES.has(ending)) return undefined
  const delimiter = DELIMITERS[ending]
  if (delimiter) return delimiter
  const known = [...Object.keys(DELIMITERS), ...JSON_LINES].join(', ')
  throw new UserError(`The data file ${file} ends in "${ending}". Expected one of ${known}. Nothing was trained.`, {
    code: 'DATA_FILE_KIND',
  })
}

function atFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `The data file ${file} cannot be read (${reason}). Nothing was trained.`
    throw new UserError(message, {
      code: 'DATA_FILE_MISSING',
      suggestions: [`A path that is not absolute starts at the working folder, here ${process.cwd()}.`],
      cause,
    })
  }
}

function atLine<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof LineError)) throw error
    const problem = { code: 'DATA_LINE', where: { file, line: error.line }, message: error.message }
    throw new ProblemsError([problem], 'Nothing was trained.')
  }
}

function checkWidth(row: Row, width: number): void {
  if (row.cells.length === width) return
  throw new LineError(row.line, `The line has ${row.cells.length} fields, the header ${width}.`)
}

function decode(file: string, content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch (cause) {
    throw new UserError(`The data file ${file} is not UTF-8. Nothing was trained.`, {
      code: 'DATA_NOT_UTF8',
      suggestions: [`iconv -f latin1 -t utf-8 ${file} > new-file, if it was written as Latin-1`],
      cause,
    })
  }
}
