import { appendFileSync, realpathSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Waste } from './waste.ts'

/** In the folder of a sweep: what was taken out of it, and when. */
const RECORD = 'freed.ndjson'

/**
 * Removes the files one by one, and folders that are empty then.
 *
 * @param notes told of each that could not be removed
 * @param sweepDir where it is written down what went; a person may wonder a year later where the weights are
 * @returns those that went
 */
export function removeWaste(waste: readonly Waste[], notes: string[], sweepDir?: string): readonly Waste[] {
  const removed = waste.filter((item) => removedOne(item, notes))
  for (const folder of new Set(removed.map(({ path }) => dirname(path)))) removeIfEmpty(folder)
  if (sweepDir !== undefined && removed.length > 0) writeDown(sweepDir, removed, notes)
  return removed
}

function removedOne({ path }: Waste, notes: string[]): boolean {
  try {
    const folder = dirname(path)
    // A folder on the way may have become a link since it was looked at.
    if (realpathSync(folder) !== join(realpathSync(dirname(folder)), relative(dirname(folder), folder))) return false
    rmSync(path)
    return true
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') notes.push(`${path} could not be removed: ${message}.`)
    return false
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Something is left in it.
  }
}

function writeDown(sweepDir: string, removed: readonly Waste[], notes: string[]): void {
  const t = Date.now()
  const lines = removed.map(({ path, bytes, kind }) =>
    JSON.stringify({ t, kind, path: relative(sweepDir, path), bytes }),
  )
  try {
    appendFileSync(join(sweepDir, RECORD), `${lines.join('\n')}\n`)
  } catch (error) {
    notes.push(`What was freed could not be written down in ${join(sweepDir, RECORD)}: ${(error as Error).message}.`)
  }
}
