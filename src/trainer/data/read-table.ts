import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { UserError } from '../../base/errors.ts'
import { type Encoding, fileChunks, utf8Chunks } from './byte-chunks.ts'
import { type DelimitedRecord, type Delimiter, delimitedRecords } from './delimited.ts'
import { cellOf, jsonLines } from './json-lines.ts'
import type { ProblemList } from './problem-list.ts'
import { type Table, TableBuilder } from './table.ts'

const DELIMITERS: Readonly<Record<string, Delimiter>> = { '.csv': ',', '.tsv': '\t', '.tab': '\t' }
const JSON_LINES: ReadonlySet<string> = new Set(['.jsonl', '.ndjson'])
/** A header longer than this is not one. */
const HEADER_BYTES = 1 << 16
/** Characters of a line that a message shows. */
const SHOWN = 40

/** A data file and how it is to be read. */
export interface DataFile {
  readonly file: string
  /** Without it the file's ending says it. */
  readonly delimiter?: Delimiter | undefined
  /** Without it UTF-8, or UTF-16 where the file begins with its mark. */
  readonly encoding?: Encoding | undefined
}

/**
 * Reads the wanted columns of a data file of any size, piece by piece.
 *
 * @param problems gets every line that cannot be read
 * @returns with the SHA-256 of the file in hex
 * @throws {UserError} DATA_FILE_MISSING, DATA_FILE_KIND, DATA_NOT_UTF8
 */
export function readTable(
  source: DataFile,
  wanted: Iterable<string>,
  problems: ProblemList,
): { table: Table; hash: string } {
  const hash = createHash('sha256')
  const chunks = utf8Chunks(hashed(fileChunks(source.file), hash), source)
  const delimiter = delimiterOf(source)
  const rows = new TableBuilder(wanted)
  const columns =
    delimiter === undefined ? readJson(chunks, rows, problems) : readRecords(chunks, delimiter, { rows, problems })
  return { table: { file: source.file, columns, lines: rows.lines, cells: rows.cells }, hash: hash.digest('hex') }
}

/**
 * @returns the columns of a CSV or TSV file from its first bytes; undefined for JSONL, where any line may add some
 * @throws like {@link readTable}
 */
export function readHeader(source: DataFile): readonly string[] | undefined {
  const delimiter = delimiterOf(source)
  const [start] = fileChunks(source.file, HEADER_BYTES)
  if (delimiter === undefined || start === undefined) return delimiter && []
  for (const record of delimitedRecords(utf8Chunks([start], source), delimiter)) return headerOf(record)
  return []
}

/** SHA-256 of a file in hex. @throws {UserError} DATA_FILE_MISSING */
export function fileHash(file: string): string {
  const hash = createHash('sha256')
  for (const chunk of fileChunks(file)) hash.update(chunk)
  return hash.digest('hex')
}

function* hashed(chunks: Iterable<Buffer>, hash: ReturnType<typeof createHash>): Generator<Buffer> {
  for (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

/** @returns undefined for JSONL @throws {UserError} DATA_FILE_KIND */
export function delimiterOf({ file, delimiter }: DataFile): Delimiter | undefined {
  const ending = extname(file).toLowerCase()
  if (JSON_LINES.has(ending)) return undefined
  const chosen = delimiter ?? DELIMITERS[ending]
  if (chosen) return chosen
  const known = [...Object.keys(DELIMITERS), ...JSON_LINES].join(', ')
  throw new UserError(`The data file ${file} ends in "${ending}". Expected one of ${known}. Nothing was trained.`, {
    code: 'DATA_FILE_KIND',
  })
}

const headerOf = (record: DelimitedRecord): string[] =>
  Array.from({ length: record.width }, (_, i) => record.cell(i).trim())

function readRecords(
  chunks: Iterable<Buffer>,
  delimiter: Delimiter,
  { rows, problems }: { rows: TableBuilder; problems: ProblemList },
): string[] {
  let columns: string[] | undefined
  let places = new Map<string, number>()
  for (const record of delimitedRecords(chunks, delimiter)) {
    const isWhole = reportRecord(record, columns?.length, problems)
    if (columns) {
      if (isWhole) rows.add(record.line, (column) => record.cell(places.get(column) ?? -1))
      continue
    }
    columns = headerOf(record)
    // Backwards, so that the first of equal names counts.
    places = new Map(columns.map((name, i): [string, number] => [name, i]).reverse())
  }
  return columns ?? []
}

/** @returns whether its cells are where they belong */
function reportRecord(record: DelimitedRecord, width: number | undefined, problems: ProblemList): boolean {
  const { broken } = record
  if (!record.isUtf8()) {
    const { line, text } = record.strangeLine()
    reportEncoding(line, text, problems)
  }
  if (broken) {
    problems.add({ code: 'DATA_LINE', ...broken })
    return false
  }
  if (width === undefined || record.width === width) return true
  const message = `The line has ${record.width} fields, the header ${width}.`
  problems.add({ code: 'DATA_LINE', line: record.line, message })
  return false
}

/** Never replaced silently: a question mark in a diamond teaches the model nothing. */
function reportEncoding(line: number, text: string, problems: ProblemList): void {
  const at = Math.max(0, text.search(/[\u0080-\u00ff]/) - SHOWN / 2)
  const message = `The line is not UTF-8; read as Latin-1 it has "${text.slice(at, at + SHOWN)}".`
  problems.add({ code: 'DATA_NOT_UTF8', line, message, fix: 'data.encoding: windows-1252, if that looks right' })
}

function readJson(chunks: Iterable<Buffer>, rows: TableBuilder, problems: ProblemList): string[] {
  const columns = new Set<string>()
  for (const { line, object, text, isUtf8 } of jsonLines(chunks)) {
    if (!isUtf8) reportEncoding(line, text, problems)
    if (!object) {
      problems.add({ code: 'DATA_LINE', line, message: `Not one JSON object: ${text.slice(0, SHOWN)}` })
      continue
    }
    for (const name of Object.keys(object)) columns.add(name)
    rows.add(line, (column) => (Object.hasOwn(object, column) ? cellOf(object[column]) : undefined))
  }
  return [...columns]
}
