import { mkdirSync } from 'node:fs'

/**
 * Makes a folder whose parent is there. Of several processes that try at once, one succeeds.
 *
 * @returns false when it is there already
 */
export function madeFolder(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
