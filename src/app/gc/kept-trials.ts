import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseObject } from '../../base/ndjson.ts'
import { readSnapshot } from '../../journal/read-snapshot.ts'
import { rankConfigurations } from '../../trial/ranking.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import { listSweepIds, sweepDirOf, type Workspace } from '../workspace.ts'

/** Which trials of any sweep others took their answers from: `gamma-grid.1/17`. */
export interface Links {
  readonly linked: ReadonlySet<string>
  /** Sweeps that cannot be read, so that nobody knows what they took over. */
  readonly unreadable: readonly string[]
}

/** Reads every sweep once: what a later one reused, its predictions and weights, lies in the earlier one's folder. */
export function linksBetween(workspace: Workspace): Links {
  const linked = new Set<string>()
  const unreadable: string[] = []
  for (const id of listSweepIds(workspace)) {
    try {
      for (const { reusedFrom } of readSnapshot(sweepDirOf(workspace, id)).trials)
        if (reusedFrom) linked.add(reusedFrom)
    } catch {
      unreadable.push(id)
    }
  }
  return { linked, unreadable }
}

/**
 * Trials whose weights stay: those of the best `top` configurations with all their seeds, members of the ensemble, and
 * what other sweeps have taken over.
 *
 * @returns undefined = all of them, since nothing is ranked or the ranking may still change
 */
export function trialsWithWeights(
  workspace: Workspace,
  snapshot: SweepSnapshot,
  { top, linked }: { readonly top: number; readonly linked: ReadonlySet<string> },
): Set<number> | undefined {
  const { rows, metric } = rankConfigurations(snapshot)
  if (metric === undefined || rows.length === 0 || snapshot.state !== 'finished') return undefined
  const best = new Set(rows.slice(0, top).map(({ configuration }) => configuration.number))
  const kept = snapshot.trials.filter(({ number, configuration }) => {
    return best.has(configuration) || linked.has(`${snapshot.id}/${number}`)
  })
  const members = membersOf(join(workspace.reportsDir, snapshot.id, 'ensemble.json'))
  return new Set([...kept.map(({ number }) => number), ...members])
}

/** Members of every method and the best single trial: `sweep predict` may use any of them. */
function membersOf(path: string): number[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  const ensemble = parseObject(text) as
    | { methods?: { members?: number[] }[]; single?: { best?: { trial?: number } } }
    | undefined
  const members = (ensemble?.methods ?? []).flatMap((method) => method.members ?? [])
  return [...members, ...[ensemble?.single?.best?.trial].filter((trial) => trial !== undefined)]
}
