import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A plain file below a folder. */
export interface FoundFile {
  readonly path: string
  /** Names of the folders on the way, from where the walk began. */
  readonly within: readonly string[]
  readonly name: string
  /** What is given back when it goes: nothing, while it has another name. */
  readonly bytes: number
  readonly modifiedMs: number
  /** When it was last read, as far as the file system keeps that. */
  readonly usedMs: number
}

/**
 * All plain files below a folder. Links are neither followed nor named, wherever they lead; what vanishes meanwhile is
 * passed over.
 */
export function* filesBelow(folder: string, within: readonly string[] = []): Generator<FoundFile> {
  for (const item of itemsOf(folder)) {
    const path = join(folder, item.name)
    if (item.isDirectory()) yield* filesBelow(path, [...within, item.name])
    else if (item.isFile()) {
      const state = lstatSync(path, { throwIfNoEntry: false })
      if (state === undefined) continue
      const bytes = state.nlink > 1 ? 0 : state.blocks * 512
      const { mtimeMs: modifiedMs, atimeMs } = state
      yield { path, within, name: item.name, bytes, modifiedMs, usedMs: Math.max(modifiedMs, atimeMs) }
    }
  }
}

function itemsOf(folder: string) {
  try {
    // A folder that is a link itself is no folder of ours.
    if (!lstatSync(folder).isDirectory()) return []
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
