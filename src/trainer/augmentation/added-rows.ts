import { createHash } from 'node:crypto'
import type { LabelledTexts } from '../data/labelled-texts.ts'

/** A text that is not in the data file. */
export interface AddedText {
  /** Unique among themselves; the ids of the data file are told apart by the prefix. */
  readonly name: string
  readonly text: string
  /** By task, its class index; -1 = none. */
  readonly labels: readonly number[]
}

/**
 * The same data with more rows at its end: in training, or in no split at all. Validation and test stay as they are.
 *
 * @param prefix of their ids, such as `copy`
 */
export function withAddedTexts(
  data: LabelledTexts,
  added: readonly AddedText[],
  { prefix, inTraining }: { readonly prefix: string; readonly inTraining: boolean },
): LabelledTexts {
  if (added.length === 0) return data
  const before = data.ids.length
  const labels = new Map(
    [...data.labels].map(([task, of], t) => [
      task,
      Int32Array.from([...of, ...added.map((row) => row.labels[t] ?? -1)]),
    ]),
  )
  const rows = added.map((_, i) => before + i)
  const train = inTraining ? Int32Array.from([...data.splits.train, ...rows]) : data.splits.train
  const known = new Set(data.ids)
  return {
    ...data,
    ids: [...data.ids, ...added.map(({ name }) => freeId(`${prefix}:${name}`, known))],
    texts: [...data.texts, ...added.map(({ text }) => text)],
    labels,
    splits: { ...data.splits, train },
    hash: createHash('sha256')
      .update(JSON.stringify([data.hash, prefix, added]))
      .digest('hex'),
  }
}

function freeId(wanted: string, known: ReadonlySet<string>): string {
  let id = wanted
  while (known.has(id)) id = `${id}'`
  return id
}
