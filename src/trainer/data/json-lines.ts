import { isUtf8 } from 'node:buffer'
import { parseObject } from '../../base/ndjson.ts'

const LF = 10

/** One line of a JSONL file that is not blank. */
export interface JsonLine {
  /** 1-based. */
  readonly line: number
  /** Undefined when the line is not one JSON object. */
  readonly object: Readonly<Record<string, unknown>> | undefined
  /** The line, for messages; read as Latin-1 when it is not UTF-8. */
  readonly text: string
  readonly isUtf8: boolean
}

/** Reads one JSON object a line. */
export function* jsonLines(chunks: Iterable<Buffer>): Generator<JsonLine> {
  let line = 0
  for (const bytes of linesOf(chunks)) {
    line++
    const whole = isUtf8(bytes)
    const text = bytes.toString(whole ? 'utf8' : 'latin1').trim()
    if (text !== '') yield { line, object: parseObject(text), text, isUtf8: whole }
  }
}

/** A cell's text: numbers and booleans become text; null, lists and objects are no cells. */
export function cellOf(value: unknown): string | undefined {
  return value === null || value === undefined || typeof value === 'object' ? undefined : String(value)
}

function* linesOf(chunks: Iterable<Buffer>): Generator<Buffer> {
  let rest: Buffer[] = []
  for (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const part = chunk.subarray(start, end)
      yield rest.length === 0 ? part : Buffer.concat([...rest, part])
      rest = []
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}
