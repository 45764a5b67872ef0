import { parseObject } from '../../base/ndjson.ts'
import { LineError, type Row } from './table.ts'

/** Reads one JSON object a line. Numbers and booleans become text; null and absent fields stay absent. */
export function parseJsonLines(text: string): { columns: string[]; rows: Row[] } {
  const columns = new Map<string, number>()
  const rows = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((source, index) => (source.trim() === '' ? [] : [readLine(source, index + 1, columns)]))
  return { columns: [...columns.keys()], rows }
}

function readLine(source: string, line: number, columns: Map<string, number>): Row {
  const object = parseObject(source)
  if (object === undefined) throw new LineError(line, `Not one JSON object: ${source.trim().slice(0, 40)}`)
  const cells: (string | undefined)[] = []
  for (const [name, value] of Object.entries(object)) {
    if (!columns.has(name)) columns.set(name, columns.size)
    if (value === null) continue
    if (typeof value === 'object') continue
    cells[columns.get(name) as number] = String(value)
  }
  return { line, cells }
}
