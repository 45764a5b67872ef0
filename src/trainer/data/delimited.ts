import { LineError, type Row } from './table.ts'

const QUOTE = 34
const CR = 13
const LF = 10

/**
 * Reads CSV (`,`) or TSV (a tab) with RFC 4180 quoting: fields in double quotes may hold delimiters, line breaks and
 * doubled quotes. Takes LF and CRLF; blank lines are skipped. A quote inside an unquoted field is a plain character,
 * because so many exported texts have one.
 *
 * @param limit stops after this many records
 * @throws {LineError} on a quote that is never closed, or text between a closing quote and the delimiter
 */
export function parseDelimited(text: string, delimiter: ',' | '\t', limit = Number.POSITIVE_INFINITY): Row[] {
  const reader = { text, at: text.startsWith('\uFEFF') ? 1 : 0, line: 1 }
  const rows: Row[] = []
  while (reader.at < text.length && rows.length < limit) {
    const line = reader.line
    const cells = readRecord(reader, delimiter.charCodeAt(0))
    if (cells.length > 1 || cells[0] !== '') rows.push({ line, cells })
  }
  return rows
}

interface Reader {
  readonly text: string
  at: number
  line: number
}

function readRecord(reader: Reader, delimiter: number): string[] {
  const cells: string[] = []
  for (;;) {
    cells.push(
      reader.text.charCodeAt(reader.at) === QUOTE ? readQuoted(reader, delimiter) : readPlain(reader, delimiter),
    )
    const end = reader.text.charCodeAt(reader.at)
    if (end === CR) reader.at++
    reader.at++
    if (end === delimiter) continue
    reader.line++
    return cells
  }
}

function endsField(reader: Reader, delimiter: number): boolean {
  if (reader.at >= reader.text.length) return true
  const code = reader.text.charCodeAt(reader.at)
  return code === delimiter || code === LF || (code === CR && reader.text.charCodeAt(reader.at + 1) === LF)
}

function readPlain(reader: Reader, delimiter: number): string {
  const start = reader.at
  while (!endsField(reader, delimiter)) reader.at++
  return reader.text.slice(start, reader.at)
}

function readQuoted(reader: Reader, delimiter: number): string {
  const { text } = reader
  const opened = reader.line
  const start = reader.at + 1
  let end = start
  for (;;) {
    end = text.indexOf('"', end)
    if (end === -1) throw new LineError(opened, 'A quoted field is opened here and never closed.')
    if (text.charCodeAt(end + 1) !== QUOTE) break
    end += 2
  }
  const raw = text.slice(start, end)
  for (let at = raw.indexOf('\n'); at !== -1; at = raw.indexOf('\n', at + 1)) reader.line++
  reader.at = end + 1
  if (!endsField(reader, delimiter)) {
    const seen = text.slice(end, end + 12).split(/\r?\n/, 1)[0]
    throw new LineError(
      reader.line,
      `A closing quote is followed by text (${seen}); a quote inside a field is doubled.`,
    )
  }
  return raw.includes('"') ? raw.replaceAll('""', '"') : raw
}
