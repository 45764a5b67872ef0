import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { containedPath } from '../base/contained-path.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { parseCsv } from '../protocol/csv.ts'
import type { Trial } from '../trial/trial.ts'
import { trialFolderName } from '../trial/trial-folder.ts'

/** The folder that holds a trial's files: in an earlier sweep when its answer was reused. */
export function trialFolder(sweepDir: string, trial: Trial): string {
  const [, id, number] = /^(.+)\/(\d+)$/.exec(trial.reusedFrom ?? '') ?? []
  if (id === undefined || number === undefined) return join(sweepDir, trialFolderName(trial.number))
  return join(containedPath(dirname(sweepDir), id), trialFolderName(Number(number)))
}

/** Path of a trial's file as a person would type it beside the workspace: `runs/gamma-grid.3/trials/0017/stderr.log`. */
export function shownPath(sweepDir: string, trial: Trial, file: string): string {
  const folder = trialFolder(sweepDir, trial)
  return join('runs', basename(dirname(dirname(folder))), 'trials', basename(folder), file)
}

/** @returns undefined for a file that is not there or cannot be read: external trainers need not write any */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Rows of a CSV file as objects by column name; empty when there is no such file. */
export function readRows(path: string): Record<string, string>[] {
  const [header, ...rows] = parseCsv(readText(path) ?? '') ?? []
  return rows.map((row) => Object.fromEntries((header ?? []).map((name, i) => [name, row[i] ?? ''])))
}

/** Names of the files in `details/` of a trial; empty when there is no such folder. */
export function detailNames(folder: string): string[] {
  try {
    return readdirSync(join(folder, TRIAL_FILES.details)).sort()
  } catch {
    return []
  }
}
