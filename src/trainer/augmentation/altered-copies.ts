import { counted } from '../../base/human-readable.ts'
import { rngFor } from '../../base/rng.ts'
import { normalForm } from '../data/duplicates.ts'
import type { LabelledTexts } from '../data/labelled-texts.ts'
import { type AddedText, withAddedTexts } from './added-rows.ts'
import { alteredText, type WordChanges } from './word-changes.ts'

export interface CopySettings extends WordChanges {
  /** By task, copies of a row of each class; a fraction is a chance. A row gets the largest number of its classes. */
  readonly copies: readonly (readonly number[])[]
}

/** Other wordings of a text, best first; fewer than asked for, or none, where there are none. */
export type Wordings = (texts: readonly string[], answers: number) => Promise<readonly (readonly string[])[]>

/**
 * Adds altered copies of training rows, with their labels: other wordings by a model where there is one, then swaps and
 * leaves out words. Drawn once a trial: features are computed once, and every epoch shows the same rows. A copy that
 * says the same as its original, or as another row of the data, is left out.
 *
 * @returns the data with the copies in training, and what was done, in words
 */
export async function withAlteredCopies(
  data: LabelledTexts,
  {
    settings,
    seed,
    wordings,
  }: { readonly settings: CopySettings; readonly seed: number; readonly wordings?: Wordings },
): Promise<{ data: LabelledTexts; said: string[] }> {
  const wanted = wantedCopies(data, settings, seed)
  if (wanted.length === 0) return { data, said: [] }
  const answers = wanted.reduce((most, { copies }) => Math.max(most, copies), 0)
  const texts = wanted.map(({ row }) => data.texts[row] as string)
  const reworded = wordings ? await wordings(texts, answers) : texts.map(() => [])
  // Copies of what is judged by would be a leak, and a text that is there already teaches nothing new.
  const known = new Set(data.texts.map(normalForm))
  const added: AddedText[] = []
  let same = 0
  for (const [i, { row, copies }] of wanted.entries()) {
    const id = data.ids[row] as string
    for (let copy = 0; copy < copies; copy++) {
      const base = reworded[i]?.[copy] ?? (texts[i] as string)
      const text = alteredText(base, settings, rngFor(seed, 'altered copy', id, copy))
      const form = normalForm(text)
      if (form === '' || known.has(form)) {
        same++
        continue
      }
      known.add(form)
      added.push({ name: `${id}:${copy}`, text, labels: [...data.labels.values()].map((of) => of[row] as number) })
    }
  }
  const without =
    same > 0 ? `; ${counted(same, 'copy', 'copies')} came out like a text that is there, and were left out` : ''
  const said = [
    `${counted(added.length, 'altered copy', 'altered copies')} of ${counted(wanted.length, 'training row')} added${without}`,
  ]
  return { data: withAddedTexts(data, added, { prefix: 'copy', inTraining: true }), said }
}

function wantedCopies(data: LabelledTexts, { copies }: CopySettings, seed: number): { row: number; copies: number }[] {
  const labels = [...data.labels.values()]
  return [...data.splits.train].flatMap((row) => {
    const most = Math.max(0, ...labels.map((of, task) => copies[task]?.[of[row] as number] ?? 0))
    const whole = Math.floor(most)
    const chance = rngFor(seed, 'number of copies', data.ids[row] as string).uniform()
    const count = whole + (chance < most - whole ? 1 : 0)
    return count > 0 ? [{ row, copies: count }] : []
  })
}
