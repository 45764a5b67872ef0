import type { Rng } from '../../base/rng.ts'

/** What happens to the words of an altered copy. */
export interface WordChanges {
  /** Chance of each word to be left out. */
  readonly wordDropout: number
  /** Swaps of two words, as a share of the words. */
  readonly wordSwap: number
}

/**
 * First swaps, then leaves out. Words are what stands between white space, which becomes one space.
 *
 * @source Wei and Zou 2019, "EDA: easy data augmentation techniques", section 2: random swap and random deletion with
 *   alpha as the share of words
 */
export function alteredText(text: string, { wordDropout, wordSwap }: WordChanges, rng: Rng): string {
  const words = text.split(/\s+/).filter((word) => word !== '')
  return withoutSome(swapped(words, wordSwap, rng), wordDropout, rng).join(' ')
}

function swapped(words: readonly string[], share: number, rng: Rng): string[] {
  const order = [...words]
  if (words.length < 2) return order
  for (let swap = 0; swap < Math.round(share * words.length); swap++) {
    const i = rng.below(words.length)
    const j = (i + 1 + rng.below(words.length - 1)) % words.length
    ;[order[i], order[j]] = [order[j] as string, order[i] as string]
  }
  return order
}

/** One word stays always: an empty text says nothing. */
function withoutSome(words: readonly string[], chance: number, rng: Rng): string[] {
  if (chance === 0) return [...words]
  const kept = words.filter(() => rng.uniform() >= chance)
  return kept.length > 0 || words.length === 0 ? kept : [words[rng.below(words.length)] as string]
}
