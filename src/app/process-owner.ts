import { seenProcess } from '../base/process-tree.ts'
import { defaultLeaseDir, type LeaseRow, livingLeases } from '../gpus/lease-table.ts'
import { memoryKey } from '../orchestrator/free-check.ts'
import { attemptOfProcess } from '../protocol/attempt-processes.ts'

/** A look at a GPU asks for all its processes in one go: the table is not read for each. */
const FRESH_MS = 200

/**
 * The attempt that a process works for. Of other users' sweeps only the sweep can be told: the environment of their
 * processes is nobody else's to read, but they are below a process that holds a lease.
 *
 * @returns undefined = no sweep that has a lease on this machine started it; what a dead sweep left behind is a stranger
 */
export function processOwner(pid: number): string | undefined {
  const mark = attemptOfProcess(pid)
  const rows = leases()
  if (mark === undefined) return leaseholderAbove(pid, rows)
  const leased = rows.some(({ holder }) => mark.trialDir.startsWith(`${holder}/`))
  return leased ? memoryKey(mark.trialDir, mark.attempt) : undefined
}

function leaseholderAbove(pid: number, rows: readonly LeaseRow[]): string | undefined {
  for (let it = seenProcess(pid); it !== undefined; it = seenProcess(it.parent)) {
    const above = it.pid
    const row = rows.find(({ holders }) => holders.some((holder) => holder.pid === above))
    if (row !== undefined) return row.holder
  }
  return undefined
}

let known: { readonly at: number; readonly rows: readonly LeaseRow[] } | undefined

function leases(): readonly LeaseRow[] {
  if (known === undefined || performance.now() - known.at > FRESH_MS) {
    known = { at: performance.now(), rows: readLeases() }
  }
  return known.rows
}

function readLeases(): readonly LeaseRow[] {
  try {
    return livingLeases(defaultLeaseDir())
  } catch {
    // A table that cannot be read is said by whoever needs a lease; what was known goes on to count.
    return known?.rows ?? []
  }
}
