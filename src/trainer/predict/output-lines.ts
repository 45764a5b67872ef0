// Key: C classes of the task.
import { UserError } from '../../base/errors.ts'
import { toCsv } from '../../protocol/csv.ts'
import type { Task } from '../dataset.ts'
import type { InputRow } from './input-rows.ts'

/** What is said of one row and one task. */
export interface NamedRow {
  readonly label: string
  /** Probability of the label. */
  readonly confidence: number
  /** C */
  readonly probabilities: ArrayLike<number>
}

/** Turns predicted rows into the text of the output, in the order in which they come. */
export interface OutputLines {
  /** Comes first; often empty. */
  readonly head: string
  /** @param named by task in the tasks' order; absent for a row that could not be read */
  line(row: InputRow, named: readonly NamedRow[] | undefined): string
}

export interface OutputShape {
  readonly format: 'csv' | 'tsv' | 'jsonl'
  readonly tasks: readonly Task[]
  /** Columns of the input that come first; undefined: none are kept. */
  readonly kept: readonly string[] | 'all' | undefined
}

/** Digits behind the point: a millionth is less than any model knows. */
const DIGITS = 6

/** @throws {UserError} PREDICT_COLUMN_TAKEN, PREDICT_COLUMNS_UNKNOWN */
export function outputLines(shape: OutputShape): OutputLines {
  return shape.format === 'jsonl' ? jsonLines(shape) : delimitedLines(shape, shape.format === 'tsv' ? '\t' : ',')
}

function columnsOf({ name, classes }: Task): string[] {
  return [`${name}.label`, `${name}.confidence`, ...classes.map((of) => `${name}.p.${of}`)]
}

function delimitedLines({ tasks, kept }: OutputShape, delimiter: ',' | '\t'): OutputLines {
  if (kept === 'all') {
    throw new UserError('The columns of a JSONL file are not known beforehand, so they cannot become a table.', {
      code: 'PREDICT_COLUMNS_UNKNOWN',
      suggestions: ['--format jsonl', 'leave --keep out'],
    })
  }
  const own = ['id', ...tasks.flatMap(columnsOf), 'problem']
  const before = (kept ?? []).filter((column) => column !== 'id')
  const taken = before.filter((column) => own.includes(column))
  if (taken.length > 0) {
    throw new UserError(`The input has columns of the names that predictions get: ${taken.join(', ')}.`, {
      code: 'PREDICT_COLUMN_TAKEN',
      suggestions: ['leave --keep out', '--format jsonl, where predictions stand in a field of their own'],
    })
  }
  const write = (cells: readonly (string | number)[]) =>
    delimiter === ',' ? toCsv([cells]) : `${cells.map((cell) => tabFree(String(cell))).join('\t')}\n`
  const [id, ...rest] = own as [string, ...string[]]
  return {
    head: write([id, ...before, ...rest]),
    line: (row, named) => {
      const values = tasks.flatMap(({ classes }, t) => {
        const of = named?.[t]
        if (!of) return ['', '', ...classes.map(() => '')]
        return [of.label, of.confidence.toFixed(DIGITS), ...Array.from(of.probabilities, (p) => p.toFixed(DIGITS))]
      })
      return write([row.id, ...before.map((column) => String(row.fields[column] ?? '')), ...values, problemOf(row)])
    },
  }
}

const problemOf = ({ line, problem }: InputRow) => (problem === undefined ? '' : `line ${line}: ${problem}`)

/** TSV has no quoting that all programs agree on. */
const tabFree = (text: string) => text.replace(/[\t\r\n]+/g, ' ')

function jsonLines({ tasks, kept }: OutputShape): OutputLines {
  const rounded = (p: number) => Number(p.toFixed(DIGITS))
  return {
    head: '',
    line: (row, named) => {
      const predictions = Object.fromEntries(
        tasks.map(({ name, classes }, t) => {
          const of = named?.[t]
          const p = Object.fromEntries(classes.map((c, i) => [c, rounded(of?.probabilities[i] ?? 0)]))
          return [name, of && { label: of.label, confidence: rounded(of.confidence), probabilities: p }]
        }),
      )
      const what = named ? { predictions } : { line: row.line, problem: row.problem }
      return `${JSON.stringify({ ...(kept && row.fields), id: row.id, ...what })}\n`
    },
  }
}
