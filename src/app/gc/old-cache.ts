import { join } from 'node:path'
import { cacheFolder } from '../../trainer/frozen/cache-folder.ts'
import { filesBelow } from './walk.ts'
import type { Waste } from './waste.ts'

const DAY_MS = 24 * 60 * 60_000
/** What this program puts into its cache, and nothing else that may lie there. */
const OURS: readonly (readonly [folder: string, names: RegExp])[] = [
  ['features', /\.safetensors$/],
  ['hashes', /^[0-9a-f]{32}$/],
  ['wordings', /\.jsonl$/],
]

/** Computed features and answers of programs that no sweep of this person has read for so many days. */
export function* oldCache(days: number, now: number): Generator<Waste> {
  const cache = cacheFolder(process.env)
  for (const [folder, names] of OURS) {
    for (const { path, name, bytes, usedMs } of filesBelow(join(cache, folder))) {
      if (names.test(name) && now - usedMs > days * DAY_MS) yield { path, bytes, kind: 'cache' }
    }
  }
}
