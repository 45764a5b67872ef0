import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { UserError } from '../base/errors.ts'
import { parseCsv, toCsv } from './csv.ts'
import type { TaskPredictions } from './predictions.ts'
import { checkedPredictions } from './predictions-check.ts'
import { predictionsOfSafetensors } from './predictions-safetensors.ts'

const PROBABILITY = 'p:'
/** `val.mood.csv` or `val.safetensors`. */
const FILE_NAME = /^(val|test)\.(?:(.+)\.csv|safetensors)$/

/** The CSV form: header `id,label,p:<class>,...`, one row a line; labels by name, empty = not labelled. */
export function predictionsToCsv(predictions: TaskPredictions): string {
  const { classes, ids, labels, probabilities } = predictions
  const C = classes.length
  const header = ['id', 'label', ...classes.map((name) => PROBABILITY + name)]
  const rows = ids.map((id, n) => {
    const row_C = Array.from(probabilities.subarray(n * C, (n + 1) * C), String)
    return [id, classes[labels[n] as number] ?? '', ...row_C]
  })
  return toCsv([header, ...rows])
}

/**
 * Reads and checks the CSV form.
 *
 * @param about `name` is the file's, for messages
 * @throws {UserError} PREDICTIONS_FILE
 */
export function predictionsFromCsv(
  text: string,
  about: { readonly name: string; readonly task: string; readonly split: 'val' | 'test' },
): TaskPredictions {
  const refuse = (reason: string): never => {
    throw new UserError(`${about.name}: ${reason} It was not used.`, { code: 'PREDICTIONS_FILE' })
  }
  const [header = [], ...rows] = parseCsv(text) ?? refuse('A quoted field is not closed.')
  const [id, label, ...columns] = header
  if (id !== 'id' || label !== 'label' || columns.length < 2 || !columns.every((c) => c.startsWith(PROBABILITY))) {
    refuse(`The header is "${header.join(',')}"; expected id,label,p:<class>,p:<class>,...`)
  }
  const classes = columns.map((column) => column.slice(PROBABILITY.length))
  const labels = new Int32Array(rows.length)
  const probabilities = new Float32Array(rows.length * classes.length)
  rows.forEach((row, n) => {
    if (row.length !== header.length) refuse(`Row ${n + 1} has ${row.length} fields, the header ${header.length}.`)
    const known = classes.indexOf(row[1] as string)
    if (known < 0 && row[1] !== '')
      refuse(`Row ${n + 1} has the label "${row[1]}"; the columns name ${classes.join(', ')}.`)
    labels[n] = known
    for (let c = 0; c < classes.length; c++) {
      const cell = row[c + 2] as string
      probabilities[n * classes.length + c] = cell.trim() === '' ? Number.NaN : Number(cell)
    }
  })
  const ids = rows.map((row) => row[0] as string)
  return checkedPredictions({ task: about.task, split: about.split, classes, ids, labels, probabilities }, about.name)
}

/** Writes `<split>.<task>.csv` for each into `folder`, which is made if need be. */
export function writePredictions(folder: string, predictions: readonly TaskPredictions[]): void {
  mkdirSync(folder, { recursive: true })
  for (const one of predictions) {
    writeFileAtomic(join(folder, `${one.split}.${one.task}.csv`), predictionsToCsv(one), { durable: false })
  }
}

/**
 * All predictions of a trial's `predictions` folder, whatever language wrote them: `<split>.<task>.csv` and
 * `<split>.safetensors`. Other files are left alone. Sorted by split and task.
 *
 * @throws {UserError} PREDICTIONS_FILE, SAFETENSORS, when a file is there and cannot be used
 */
export async function readPredictions(folder: string): Promise<TaskPredictions[]> {
  const files = predictionFiles(await readdir(folder).catch(noneIfMissing))
  const read = files.map(async ({ name, decode }) => decode(await readFile(join(folder, name)), join(folder, name)))
  return (await Promise.all(read)).flat().sort(bySplitAndTask)
}

/** {@link readPredictions} for callers that cannot wait. */
export function readPredictionsSync(folder: string): TaskPredictions[] {
  const files = predictionFiles(namesIn(folder))
  return files
    .flatMap(({ name, decode }) => decode(readFileSync(join(folder, name)), join(folder, name)))
    .sort(bySplitAndTask)
}

interface PredictionFile {
  readonly name: string
  readonly decode: (content: Buffer, path: string) => TaskPredictions[]
}

/** Those of a folder's files that hold predictions, and how each is read. */
function predictionFiles(names: readonly string[]): PredictionFile[] {
  return names.flatMap((name): PredictionFile[] => {
    const [, split, task] = FILE_NAME.exec(name) ?? []
    if (split !== 'val' && split !== 'test') return []
    if (task !== undefined) {
      return [{ name, decode: (text, path) => [predictionsFromCsv(text.toString(), { name: path, split, task })] }]
    }
    return [{ name, decode: (content, path) => predictionsOfSafetensors(content, { name: path, split }) }]
  })
}

function bySplitAndTask(a: TaskPredictions, b: TaskPredictions): number {
  if (a.split !== b.split) return a.split < b.split ? 1 : -1
  return a.task < b.task ? -1 : 1
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    return noneIfMissing(error)
  }
}

function noneIfMissing(error: unknown): string[] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
  throw error
}
