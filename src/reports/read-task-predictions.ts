import { basename } from 'node:path'
import type { TaskPredictions } from '../protocol/predictions.ts'
import { parseCsv } from './csv.ts'
import { readText } from './trial-files.ts'

/**
 * Reads `predictions/<split>.<task>.csv` leniently: for a report a file that makes no sense is one that is not there.
 * (Ensembles use the strict reader.) Rows whose label is not a class get -1.
 */
export function readTaskPredictions(path: string): TaskPredictions | undefined {
  const [header, ...rows] = parseCsv(readText(path) ?? '')
  const columns = (header ?? []).flatMap((name, i) => (name.startsWith('p:') ? [i] : []))
  const idColumn = header?.indexOf('id') ?? -1
  const labelColumn = header?.indexOf('label') ?? -1
  if (header === undefined || columns.length < 2 || labelColumn < 0 || rows.length === 0) return undefined
  const classes = columns.map((i) => (header[i] as string).slice(2))
  const places = new Map(classes.map((name, i) => [name, i]))
  const [, split, task] = /^(val|test)\.(.+)\.csv$/.exec(basename(path)) ?? []
  return {
    task: task ?? '',
    split: split === 'test' ? 'test' : 'val',
    classes,
    ids: rows.map((row) => row[idColumn] ?? ''),
    labels: Int32Array.from(rows, (row) => places.get(row[labelColumn] ?? '') ?? -1),
    probabilities: Float32Array.from(rows.flatMap((row) => columns.map((i) => Number.parseFloat(row[i] ?? '')))),
  }
}
