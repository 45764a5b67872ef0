// Key: N texts.

const TEXTS = 256

/**
 * Groups texts of about the same length, the longest first, so that short ones are not filled up to the length of long
 * ones, and what is left to do goes faster and faster.
 *
 * @param lengths_N tokens of each text
 * @param tokens of a batch at most, padding counted; a longer text has a batch of its own
 * @returns batches of text numbers; each text in one batch
 */
export function lengthBatches(lengths_N: readonly number[], tokens: number): number[][] {
  const order = [...lengths_N.keys()].sort((a, b) => (lengths_N[b] as number) - (lengths_N[a] as number) || a - b)
  const batches: number[][] = []
  for (let at = 0; at < order.length; ) {
    const longest = Math.max(1, lengths_N[order[at] as number] as number)
    const size = Math.min(TEXTS, Math.max(1, Math.floor(tokens / longest)))
    batches.push(order.slice(at, at + size))
    at += size
  }
  return batches
}
