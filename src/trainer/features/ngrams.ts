/** Takes one n-gram: a 32-bit name of it, and whether it is of words (0) or of characters (1). */
export type NgramSink = (hash: number, kind: 0 | 1) => void

const SHORTEST = 3
const LONGEST = 5
/** FNV-1a, 32 bits. */
const OFFSET = 0x811c9dc5
const PRIME = 0x01000193
const SPACE = 32

/** Words with their marks and apostrophes, and each other sign for itself: "!!" and ":(" say much about feelings. */
const WORD = /[\p{L}\p{M}\p{N}_']+|[^\s\p{L}\p{M}\p{N}_']/gu

/** Spreads the bits of an FNV hash, whose low bits alone are poor. @source MurmurHash3's 32-bit finalizer */
function spread(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * Hands every word 1-2-gram and every character 3-5-gram of a text to `sink`, repeats included. Works on any language:
 * letters are what Unicode says they are, width and compatibility forms are unified (NFKC), case is dropped.
 * Character n-grams stay inside what stands between spaces, and see its ends as spaces.
 */
export function eachNgram(text: string, sink: NgramSink): void {
  const plain = text.normalize('NFKC').toLowerCase()
  wordNgrams(plain, sink)
  characterNgrams(plain, sink)
}

function wordNgrams(text: string, sink: NgramSink): void {
  let before = 0
  for (const word of text.match(WORD) ?? []) {
    let hash = OFFSET
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), PRIME)
    const single = spread(hash)
    sink(single, 0)
    if (before !== 0) sink(spread(Math.imul(before, 31) ^ single), 0)
    before = single
  }
}

/** UTF-16 units, not code points: a half of a pair is as good a sign of the whole. */
function characterNgrams(text: string, sink: NgramSink): void {
  for (const chunk of text.split(/\s+/)) {
    if (chunk === '') continue
    const size = chunk.length + 2
    for (let start = 0; start + SHORTEST <= size; start++) {
      let hash = OFFSET
      for (let n = 1; n <= LONGEST && start + n <= size; n++) {
        const at = start + n - 2
        const unit = at < 0 || at >= chunk.length ? SPACE : chunk.charCodeAt(at)
        hash = Math.imul(hash ^ unit, PRIME)
        // The constant keeps the word "the" and the characters "the" apart.
        if (n >= SHORTEST) sink(spread(hash ^ 0x5bd1e995), 1)
      }
    }
  }
}
