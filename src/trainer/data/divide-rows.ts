import { counted } from '../../base/human-readable.ts'
import type { Dataset } from '../dataset.ts'
import { splitSchema } from '../settings-schema.ts'
import type { FileSource } from './check-data.ts'
import { joined, keptRows, sameKeys, sameTexts } from './duplicates.ts'
import type { ProblemList } from './problem-list.ts'
import { columnSplit } from './split-column.ts'
import { type SplitRows, type SplitShares, stratifiedSplit } from './stratified-split.ts'
import type { Table } from './table.ts'

/** A split whose share is further from what was asked for is worth a word. */
const SHARE_OFF = 0.02

export interface DividedRows {
  /** Rows of the table that are used, ascending; everything else here counts them from 0. */
  readonly kept: readonly number[]
  readonly splits: Dataset['splits']
  /** Rows with the same text. */
  readonly same: readonly (readonly number[])[]
  /** Rows of one group; empty when nothing is grouped. */
  readonly groups: readonly (readonly number[])[]
  readonly notes: readonly string[]
}

/** A file's rows with what is known of them. */
interface RowsToDivide {
  readonly source: FileSource
  readonly table: Table
  /** By task, in the order of the tasks. */
  readonly labels: readonly Int32Array[]
}

/**
 * Decides who may see which row: by a column, or drawn, with what belongs together in one split. What cannot be
 * divided goes to `problems`.
 */
export function divideRows({ source, table, labels }: RowsToDivide, problems: ProblemList): DividedRows {
  const column = typeof source.split === 'string' ? columnSplit(table, source.split, problems) : undefined
  const found = sameTexts(table.cells.get(source.text) ?? [])
  const drops = source.duplicates === 'drop'
  const kept = keptRows(drops ? found : [], table.lines.length, column ? rankIn(column) : () => 0)
  const same = drops ? [] : found
  const groupCells = source.groupBy === undefined ? [] : (table.cells.get(source.groupBy) ?? [])
  const groups = sameKeys(source.groupBy === undefined ? [] : kept.map((row) => groupCells[row] as string))
  const duplicateNotes = [...sameNotes(found, { source, table }), ...contradictions(found, { source, table, labels })]
  if (column) return { kept, splits: renumbered(column, kept), same, groups, notes: duplicateNotes }
  const shares = splitSchema.options[1].parse(source.split ?? {})
  const together = source.duplicates === 'report' ? groups : joined([...groups, ...same], kept.length)
  const keptLabels = labels.map((of) => Int32Array.from(kept, (row) => of[row] as number))
  const drawn = stratifiedSplit({ labels: keptLabels, units: together }, shares)
  const notes = [...duplicateNotes, ...rareNotes(drawn), ...shareNotes(drawn.splits, shares)]
  if (kept.length > 0) checkFilled(drawn.splits, { together, rows: kept.length }, problems)
  return { kept, splits: drawn.splits, same, groups, notes }
}

/** Of equal texts the one in test stays, so that figures of test stay comparable. */
function rankIn({ val, test }: Dataset['splits']): (row: number) => number {
  const ranks = new Map<number, number>()
  for (const row of val) ranks.set(row, 1)
  for (const row of test) ranks.set(row, 0)
  return (row) => ranks.get(row) ?? 2
}

function renumbered(splits: Dataset['splits'], kept: readonly number[]): Dataset['splits'] {
  const numbers = new Map(kept.map((row, number) => [row, number]))
  const part = (rows: Int32Array) => Int32Array.from([...rows].flatMap((row) => numbers.get(row) ?? []))
  return { train: part(splits.train), val: part(splits.val), test: part(splits.test) }
}

function sameNotes(same: readonly (readonly number[])[], { source, table }: Pick<RowsToDivide, 'source' | 'table'>) {
  const [first] = same
  if (!first) return []
  const rows = same.reduce((sum, set) => sum + set.length, 0)
  const subject = same.length === 1 ? '1 text is' : `${same.length} texts are`
  const where = `the first: lines ${first.map((row) => table.lines[row]).join(', ')}`
  const drawn = typeof source.split !== 'string'
  const outcome = {
    drop: `${rows - same.length} rows were left out`,
    together: 'each is kept in one split',
    report: 'nothing was changed',
  }
  const chosen = source.duplicates ?? (drawn ? 'together' : 'report')
  return [`${subject} there more than once, case and white space aside (${rows} rows; ${where}); ${outcome[chosen]}.`]
}

/** The same text with two labels: one of them is wrong, or the text alone does not decide. */
function contradictions(same: readonly (readonly number[])[], { source, table, labels }: RowsToDivide): string[] {
  return Object.keys(source.tasks).flatMap((task, t) => {
    const labelsIn = (set: readonly number[]) =>
      new Set(set.map((row) => labels[t]?.[row]).filter((label) => label !== -1))
    const torn = same.filter((set) => labelsIn(set).size > 1)
    const [first] = torn
    if (!first) return []
    const where = first.map((row) => table.lines[row]).join(', ')
    return [
      `${torn.length === 1 ? '1 text has' : `${torn.length} texts have`} several labels of ${task} (the first: lines ${where}).`,
    ]
  })
}

function rareNotes({ rareCombinations, rareRows }: SplitRows): string[] {
  if (rareCombinations === 0) return []
  const combinations = counted(rareCombinations, 'combination')
  return [
    `${combinations} of labels (${counted(rareRows, 'row')}) were too rare to be divided evenly by themselves; ` +
      'they were divided so that the single labels come out even.',
  ]
}

function shareNotes(splits: Dataset['splits'], shares: SplitShares): string[] {
  const rows = splits.train.length + splits.val.length + splits.test.length
  return (['val', 'test'] as const).flatMap((name) => {
    const share = splits[name].length / rows
    const off = Math.abs(share - shares[name])
    // In a small file a row or two is a large share.
    if (off <= SHARE_OFF || off * rows <= 3) return []
    const percent = (value: number) => `${Math.round(100 * value)} %`
    return [`${name} has ${percent(share)} of the rows instead of ${percent(shares[name])}: groups are not divided.`]
  })
}

function checkFilled(
  splits: Dataset['splits'],
  { together, rows }: { readonly together: DividedRows['groups']; readonly rows: number },
  problems: ProblemList,
): void {
  for (const [name, members] of Object.entries(splits)) {
    if (members.length > 0) continue
    const largest = Math.max(0, ...together.map(({ length }) => length))
    const why = largest > 1 ? `, of which up to ${largest} stay together,` : ''
    problems.add({
      code: 'DATA_SPLIT',
      message: `${counted(rows, 'row')}${why} are too few for the shares: none is in ${name}.`,
    })
  }
}
