import { statSync } from 'node:fs'
import { UserError } from '../../base/errors.ts'
import { nearest } from '../../base/nearest.ts'
import { fileChunks, utf8Chunks } from '../data/byte-chunks.ts'
import { type DelimitedRecord, type Delimiter, delimitedRecords } from '../data/delimited.ts'
import { cellOf, jsonLines } from '../data/json-lines.ts'
import { type DataFile, delimiterOf } from '../data/read-table.ts'

/** One record of the input, readable or not. */
export interface InputRow {
  /** 1-based line on which it starts. */
  readonly line: number
  readonly id: string
  /** Empty when there is a problem. */
  readonly text: string
  /** Why it cannot be predicted, in a sentence. */
  readonly problem?: string
  /** What the record holds, by column; values as they were. Empty when it could not be read. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The input as a stream: what is read was not kept. */
export interface InputRows {
  /** Known beforehand of CSV and TSV only. */
  readonly columns?: readonly string[]
  readonly rows: Iterable<InputRow>
  /** Share of the file's bytes that was read, 0 to 1. */
  fraction(): number
}

export interface InputColumns {
  readonly text: string
  /** Absent: the number of the row, from 0. */
  readonly id?: string
  /** `id` was asked for; otherwise it is used where the input has it. */
  readonly idIsWanted: boolean
}

const SHOWN = 40

/**
 * Opens CSV, TSV or JSONL of any size.
 *
 * @throws {UserError} DATA_FILE_MISSING, DATA_FILE_KIND, DATA_EMPTY, PREDICT_COLUMN_MISSING
 */
export function openRows(source: DataFile, columns: InputColumns): InputRows {
  const delimiter = delimiterOf(source)
  const bytes = statSync(source.file, { throwIfNoEntry: false })?.size ?? 0
  let done = 0
  function* chunks() {
    for (const chunk of fileChunks(source.file)) {
      done += chunk.length
      yield chunk
    }
  }
  const content = utf8Chunks(chunks(), source)
  const fraction = () => (bytes === 0 ? 1 : Math.min(1, done / bytes))
  if (delimiter === undefined) return { rows: jsonRows(content, columns), fraction }
  return { ...delimitedRows(content, { ...columns, source, delimiter }), fraction }
}

function delimitedRows(
  content: Iterable<Buffer>,
  given: InputColumns & { readonly source: DataFile; readonly delimiter: Delimiter },
): Pick<InputRows, 'rows'> & { readonly columns: readonly string[] } {
  const records = delimitedRecords(content, given.delimiter)[Symbol.iterator]()
  const header = records.next()
  if (header.done) {
    throw new UserError(`${given.source.file} is empty. Nothing was predicted.`, { code: 'DATA_EMPTY' })
  }
  const columns = Array.from({ length: header.value.width }, (_, i) => (header.value as DelimitedRecord).cell(i).trim())
  const place = (name: string) => {
    const index = columns.indexOf(name)
    return index >= 0 ? index : missing(name, given.source.file, columns)
  }
  const text = place(given.text)
  const id = given.id === undefined || (!given.idIsWanted && !columns.includes(given.id)) ? -1 : place(given.id)
  function* rows(): Generator<InputRow> {
    let number = 0
    for (const record of { [Symbol.iterator]: () => records }) {
      yield rowOf(record, { columns, text, id, number: number++ })
    }
  }
  return { columns, rows: rows() }
}

function rowOf(
  record: DelimitedRecord,
  { columns, text, id, number }: { columns: readonly string[]; text: number; id: number; number: number },
): InputRow {
  const problem = problemOf(record, columns.length)
  const fields = problem === undefined ? Object.fromEntries(columns.map((name, i) => [name, record.cell(i)])) : {}
  // What stands where the id should be is not to be trusted in a broken line.
  const own = id < 0 ? String(number) : problem === undefined ? record.cell(id).trim() : ''
  return withText({ line: record.line, id: own, fields }, problem === undefined ? record.cell(text) : '', problem)
}

function problemOf(record: DelimitedRecord, width: number): string | undefined {
  if (record.broken) return record.broken.message
  if (!record.isUtf8())
    return `The line is not UTF-8; read as Latin-1 it is "${record.strangeLine().text.slice(0, SHOWN)}".`
  return record.width === width ? undefined : `The line has ${record.width} fields, the header ${width}.`
}

function* jsonRows(content: Iterable<Buffer>, columns: InputColumns): Generator<InputRow> {
  let number = 0
  for (const { line, object, text, isUtf8 } of jsonLines(content)) {
    const place = String(number++)
    const id = columns.id === undefined ? place : ''
    if (!isUtf8) yield { line, id, text: '', fields: {}, problem: 'The line is not UTF-8.' }
    else if (!object) yield { line, id, text: '', fields: {}, problem: `Not one JSON object: ${text.slice(0, SHOWN)}` }
    else {
      const own = columns.id === undefined ? undefined : cellOf(object[columns.id])
      const there = cellOf(object[columns.text])
      const problem = there === undefined ? `There is no text under "${columns.text}".` : undefined
      yield withText({ line, id: own ?? place, fields: object }, there ?? '', problem)
    }
  }
}

function withText(row: Omit<InputRow, 'text' | 'problem'>, text: string, problem: string | undefined): InputRow {
  if (problem !== undefined) return { ...row, text: '', problem }
  return text.trim() === '' ? { ...row, text: '', problem: 'The text is empty.' } : { ...row, text: text.trim() }
}

function missing(name: string, file: string, columns: readonly string[]): never {
  const [close] = nearest(name, columns)
  throw new UserError(`${file} has no column "${name}". Its columns: ${columns.join(', ')}. Nothing was predicted.`, {
    code: 'PREDICT_COLUMN_MISSING',
    suggestions: [`--text ${close ?? 'COLUMN'} (or --id COLUMN) to name another one`],
  })
}
