import { type Dirent, readdirSync } from 'node:fs'
import { TRIAL_FILES } from './attempt-environment.ts'

/** What a trial's folder holds that is never a report, and what is too large to walk through. */
const PASSED_OVER = new Set<string>([
  TRIAL_FILES.params,
  TRIAL_FILES.events,
  TRIAL_FILES.stdout,
  TRIAL_FILES.stderr,
  TRIAL_FILES.predictions,
  TRIAL_FILES.details,
  TRIAL_FILES.weights,
  'attempts',
  'node_modules',
])
const DEEPEST = 5
const MOST_ENTRIES = 5000

/**
 * All files below `folder` whose name `accepts` takes, nearest folders first, each folder in the order of names.
 * Links are not followed; hidden entries are passed over; after 5,000 entries the search ends.
 */
export function findReportFiles(folder: string, accepts: (name: string) => boolean): string[] {
  const found: string[] = []
  let level = [folder]
  let entries = 0
  for (let depth = 0; depth < DEEPEST && level.length > 0 && entries < MOST_ENTRIES; depth++) {
    const below: string[] = []
    for (const parent of level) {
      for (const entry of listed(parent)) {
        entries++
        if (PASSED_OVER.has(entry.name) || (entry.name.startsWith('.') && entry.isDirectory())) continue
        if (entry.isDirectory()) below.push(`${parent}/${entry.name}`)
        else if (entry.isFile() && accepts(entry.name)) found.push(`${parent}/${entry.name}`)
      }
    }
    level = below
  }
  return found
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    // Removed or closed to us in between: then there is nothing to be found in it.
    return []
  }
}
