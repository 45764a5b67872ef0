import { counted } from '../../base/human-readable.ts'
import type { Dataset } from '../dataset.ts'
import { nearDuplicates } from './near-duplicates.ts'

/** Above this the search for near duplicates is left out; it would take longer than reading. */
const NEAR_ROWS = 500_000

/** What is looked at for texts that are on both sides of a judgement. */
export interface RowsToCompare {
  readonly texts: readonly string[]
  /** N, in the file. */
  readonly lines: readonly number[]
  readonly splits: Dataset['splits']
  /** Rows with the same text, each set two or more. */
  readonly same: readonly (readonly number[])[]
  /** Rows of one group; empty when nothing is grouped. */
  readonly groups: readonly (readonly number[])[]
}

type Split = 'train' | 'val' | 'test'

/** What training sees of what it is judged by, in words; nothing when it sees none of it. */
export function leakNotes(rows: RowsToCompare): string[] {
  const splitOf = new Map<number, Split>()
  for (const [split, members] of Object.entries(rows.splits)) {
    for (const row of members) splitOf.set(row, split as Split)
  }
  const crossing = (sets: RowsToCompare['same']) =>
    sets.filter((set) => new Set(set.map((row) => splitOf.get(row))).size > 1)
  return [
    ...sameNotes(crossing(rows.same), rows),
    ...groupNotes(crossing(rows.groups), rows),
    ...nearNotes(rows, splitOf),
  ]
}

function sameNotes(crossing: RowsToCompare['same'], { lines }: RowsToCompare): string[] {
  const [first] = crossing
  if (!first) return []
  const where = `lines ${first.map((row) => lines[row]).join(', ')}`
  const subject = crossing.length === 1 ? '1 text is' : `${crossing.length} texts are`
  return [
    `${subject} in more than one split (the first: ${where}), so what is learned by heart counts as right. ` +
      'Try data.duplicates: drop, or together where the split is drawn.',
  ]
}

function groupNotes(crossing: RowsToCompare['groups'], { lines }: RowsToCompare): string[] {
  const [first] = crossing
  if (!first) return []
  const subject = crossing.length === 1 ? '1 group is' : `${crossing.length} groups are`
  const where = first
    .slice(0, 3)
    .map((row) => lines[row])
    .join(', ')
  return [`${subject} in more than one split, as the split column has it (the first: lines ${where} ...).`]
}

function nearNotes({ texts, lines, splits }: RowsToCompare, splitOf: ReadonlyMap<number, Split>): string[] {
  if (texts.length > NEAR_ROWS) return [`Near duplicates were not looked for: more than ${NEAR_ROWS} rows.`]
  const judged = new Set<Split | undefined>(['val', 'test'])
  const sides = { train: 0, val: 1, test: 2 }
  const pairs = nearDuplicates(texts, (row) => sides[splitOf.get(row) ?? 'train']).filter(
    ({ row, earlier }) => judged.has(splitOf.get(row)) || judged.has(splitOf.get(earlier)),
  )
  const [first] = pairs
  if (!first) return []
  const total = splits.val.length + splits.test.length
  return [
    `${counted(pairs.length, 'text')} of ${total} in val and test or beside them differ from one in another split by ` +
      `hardly a word (80 % of their words are the same; the first: lines ${lines[first.earlier]}, ${lines[first.row]}).`,
  ]
}
