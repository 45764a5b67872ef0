import { readSnapshot } from '../journal/read-snapshot.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { listSweepIds, partsOfId, sweepDirOf, type Workspace } from './workspace.ts'

/** The latest earlier start of the same sweep file that can still be read and has completed trials. */
export function previousSweep(workspace: Workspace, id: string): SweepSnapshot | undefined {
  const own = partsOfId(id)
  if (own === undefined) return undefined
  const earlier = listSweepIds(workspace)
    .flatMap((other) => partsOfId(other) ?? [])
    .filter(({ name, number }) => name === own.name && number < own.number)
    .sort((a, b) => b.number - a.number)
  for (const { name, number } of earlier) {
    const snapshot = readable(sweepDirOf(workspace, `${name}.${number}`))
    if (snapshot?.trials.some(({ state }) => state === 'completed')) return snapshot
  }
  return undefined
}

/** A broken folder of an earlier sweep must not cost this one its report. */
function readable(sweepDir: string): SweepSnapshot | undefined {
  try {
    return readSnapshot(sweepDir)
  } catch {
    return undefined
  }
}
