import { createHash } from 'node:crypto'

/** Texts with the same normal form are the same text to a reader: Unicode form, width, case and white space aside. */
export function normalForm(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** @returns the rows of each text that is there more than once, ascending, in the order of their first rows */
export function sameTexts(texts: readonly string[]): number[][] {
  // Digests, so that the texts are not in memory twice.
  const digests = texts.map((text) => createHash('sha256').update(normalForm(text)).digest('base64'))
  return sameKeys(digests)
}

/** @returns the rows of each key that is there more than once; the key '' is none */
export function sameKeys(keys: readonly string[]): number[][] {
  const first = new Map<string, number>()
  const sets = new Map<string, number[]>()
  for (const [row, key] of keys.entries()) {
    if (key === '') continue
    const before = first.get(key)
    if (before === undefined) {
      first.set(key, row)
      continue
    }
    const set = sets.get(key)
    if (set) set.push(row)
    else sets.set(key, [before, row])
  }
  return [...sets.values()].sort((a, b) => (a[0] as number) - (b[0] as number))
}

/** Joins sets that have a row in common, however long the chain. */
export function joined(sets: readonly (readonly number[])[], rows: number): number[][] {
  const parent = Int32Array.from({ length: rows }, (_, row) => row)
  const rootOf = (row: number): number => {
    let root = row
    while (parent[root] !== root) root = parent[root] as number
    // Shortened on the way, so that long chains stay cheap.
    for (let at = row; at !== root; ) {
      const next = parent[at] as number
      parent[at] = root
      at = next
    }
    return root
  }
  for (const set of sets) {
    for (const row of set) {
      const [a, b] = [rootOf(set[0] as number), rootOf(row)]
      parent[Math.max(a, b)] = Math.min(a, b)
    }
  }
  const groups = new Map<number, number[]>()
  for (const row of new Set(sets.flat())) {
    const root = rootOf(row)
    const group = groups.get(root)
    if (group) group.push(row)
    else groups.set(root, [row])
  }
  return [...groups.values()]
    .map((group) => group.sort((a, b) => a - b))
    .sort((a, b) => (a[0] as number) - (b[0] as number))
}

/** @returns the rows that stay when each text is kept once: the one of lowest rank, and the first of those */
export function keptRows(
  sets: readonly (readonly number[])[],
  rows: number,
  rankOf: (row: number) => number,
): number[] {
  const dropped = new Set<number>()
  for (const set of sets) {
    const kept = set.reduce((a, b) => (rankOf(b) < rankOf(a) ? b : a))
    for (const row of set) if (row !== kept) dropped.add(row)
  }
  return Array.from({ length: rows }, (_, row) => row).filter((row) => !dropped.has(row))
}
