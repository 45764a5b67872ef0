import { counted } from '../../base/human-readable.ts'
import { editDistance } from '../../base/nearest.ts'
import type { Task } from '../dataset.ts'
import { normalForm } from './duplicates.ts'
import type { LabelledTexts } from './labelled-texts.ts'

/** A class with at most this share of another's rows may be a misspelling of it. */
const TYPO_SHARE = 0.05

/** UTF-8 that was once read as Latin-1: "Ã©" for "é", "â€™" for an apostrophe, "Î±" for a Greek letter. */
const MOJIBAKE = /[ÃÂ][\u0080-\u00BF]|â€[\u0080-\u2122]|[ÎÏ][\u0080-\u00BF\u2018-\u203A]{1}[ÎÏ]/

/** What is strange about the texts themselves. */
export function textNotes(texts: readonly string[], lines: readonly number[]): string[] {
  const find = (isStrange: (text: string) => boolean) => texts.flatMap((text, row) => (isStrange(text) ? [row] : []))
  const note = (rows: readonly number[], what: string) =>
    rows.length === 0 ? [] : [`${counted(rows.length, 'text')} ${what} (the first: line ${lines[rows[0] as number]}).`]
  return [
    ...note(
      find((text) => text.includes('\uFFFD')),
      'with a replacement character (\uFFFD): its letters were lost before this file was written',
    ),
    ...note(
      find((text) => MOJIBAKE.test(text)),
      'that looks like UTF-8 read as Latin-1 once before',
    ),
  ]
}

/** What is strange about the labels: misspelt classes, and rows that lack some or all. */
export function labelNotes(
  tasks: readonly Task[],
  labels: ReadonlyMap<string, Int32Array>,
  lines: readonly number[],
): string[] {
  const none = lines.filter((_, row) => [...labels.values()].every((of) => of[row] === -1))
  const missing = tasks.flatMap(({ name }) => {
    const count = (labels.get(name) ?? []).filter((label) => label === -1).length - none.length
    return count > 0 ? [`${counted(count, 'row')} without a label of ${name}: left out of its loss and figures.`] : []
  })
  const useless =
    none.length > 0
      ? [`${counted(none.length, 'row')} without any label (the first: line ${none[0]}); nothing is learned from it.`]
      : []
  return [
    ...tasks.flatMap((task) => typoNotes(task, labels.get(task.name) ?? new Int32Array(), lines)),
    ...missing,
    ...useless,
  ]
}

function typoNotes({ name, classes }: Task, labels_N: Int32Array, lines: readonly number[]): string[] {
  const counts_C = classes.map((_, c) => labels_N.filter((label) => label === c).length)
  return classes.flatMap((typed, c) => {
    const other = classes.find(
      (known, k) => k !== c && looksLike(typed, known, [counts_C[c] as number, counts_C[k] as number]),
    )
    if (other === undefined) return []
    const rows = counted(counts_C[c] as number, 'row')
    return [
      `Class ${JSON.stringify(typed)} of ${name} (${rows}, the first: line ${lines[labels_N.indexOf(c)]}) looks like ` +
        `${JSON.stringify(other)}, misspelt. It counts as a class of its own; data.classes would refuse it.`,
    ]
  })
}

/** Case, spaces and signs aside the same name, or a letter or two from it; the rarer of the two is the misspelt one. */
function looksLike(typed: string, known: string, [rows, others]: readonly [number, number]): boolean {
  const [a, b] = [lettersOf(typed), lettersOf(known)]
  if (a === b && a !== '') return rows < others || (rows === others && typed > known)
  if (rows > TYPO_SHARE * others) return false
  return editDistance(a, b) <= (a.length < 4 ? 0 : a.length < 8 ? 1 : 2)
}

const lettersOf = (name: string) => normalForm(name).replace(/[^\p{L}\p{M}\p{N}]/gu, '')

/** Figures of a class without rows in a split count as 0; nobody should find that out from the figure. */
export function emptyClasses({ tasks, labels, splits }: Pick<LabelledTexts, 'tasks' | 'labels' | 'splits'>): string[] {
  return tasks.flatMap(({ name, classes }) => {
    const of = labels.get(name) ?? new Int32Array()
    return classes.flatMap((className, index) =>
      Object.entries(splits)
        .filter(([, rows]) => !rows.some((row: number) => of[row] === index))
        .map(([split]) => `Class ${className} of ${name} has no row in ${split}; its F1 there counts as 0.`),
    )
  })
}
