/** Folder of a trial inside its sweep's: `trials/0017`; four digits or more, so that names sort. */
export function trialFolderName(trial: number): string {
  return `trials/${String(trial).padStart(4, '0')}`
}
