import { counted } from '../../base/human-readable.ts'
import { normalForm } from '../data/duplicates.ts'
import type { LabelledTexts } from '../data/labelled-texts.ts'
import { loadUnlabelled } from '../data/load-unlabelled.ts'
import { cacheFolder } from '../frozen/cache-folder.ts'
import type { Settings } from '../settings.ts'
import { withAddedTexts } from './added-rows.ts'
import { withAlteredCopies } from './altered-copies.ts'
import { cachedWordings } from './reword-cache.ts'

/** The data of a trial with the rows that its settings add to them. */
export interface MoreTexts {
  readonly data: LabelledTexts
  /** Rows that wait for pseudo-labels; in no split. */
  readonly unlabelled: Int32Array
}

/**
 * Adds altered copies to training, and the unlabelled texts to no split. Rows of the data file keep their numbers.
 *
 * @param say hears what was added, in words
 * @throws {UserError | ProblemsError} when the unlabelled file is wrong
 * @throws {EnvironmentError | TrialFailure} when `augment_command` does not work
 */
export async function withMoreTexts(
  data: LabelledTexts,
  { settings, seed }: { readonly settings: Settings; readonly seed: number },
  say: (text: string) => void,
): Promise<MoreTexts> {
  const { wordDropout, wordSwap, augmentCommand: command } = settings
  const copies = data.tasks.map(({ name }) => settings.tasks.get(name)?.copies ?? [])
  const copied = await withAlteredCopies(data, {
    settings: { wordDropout, wordSwap, copies },
    seed,
    ...(command && { wordings: cachedWordings({ command, folder: `${cacheFolder(process.env)}/wordings`, say }) }),
  })
  for (const line of copied.said) say(line)
  if (settings.pseudoRounds === 0 || settings.data === 'quickstart') {
    return { data: copied.data, unlabelled: new Int32Array() }
  }
  return withUnlabelled(copied.data, loadUnlabelled(settings.data), say)
}

/** Texts of the data file are left out: those of val and test are there to judge, the others have their labels. */
function withUnlabelled(
  data: LabelledTexts,
  texts: ReturnType<typeof loadUnlabelled>,
  say: (text: string) => void,
): MoreTexts {
  const known = new Set(data.texts.map(normalForm))
  const fresh = texts.filter(({ text }) => {
    const form = normalForm(text)
    if (known.has(form)) return false
    known.add(form)
    return true
  })
  const left = texts.length - fresh.length
  const without = left > 0 ? `; ${counted(left, 'row')} left out, because the text is there already` : ''
  say(`${counted(fresh.length, 'unlabelled text')} read${without}`)
  const added = fresh.map(({ line, text }) => ({ name: String(line), text, labels: data.tasks.map(() => -1) }))
  const rows = Int32Array.from(fresh, (_, i) => data.ids.length + i)
  return { data: withAddedTexts(data, added, { prefix: 'unlabelled', inTraining: false }), unlabelled: rows }
}
