import { statSync } from 'node:fs'
import { join } from 'node:path'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import { trialFolderName } from '../../trial/trial-folder.ts'

/** When a trial's process last wrote into its logs or event file, in milliseconds since 1970; 0 = never. */
export function lastWrite(sweepDir: string, trial: number): number {
  const folder = join(sweepDir, trialFolderName(trial))
  const { events, stdout, stderr } = TRIAL_FILES
  const times = [events, stdout, stderr].map((name) => {
    const state = statSync(join(folder, name), { throwIfNoEntry: false })
    // An empty log was made when the attempt started.
    return state === undefined || state.size === 0 ? 0 : state.mtimeMs
  })
  return Math.max(...times)
}
