import { availableParallelism, totalmem } from 'node:os'
import { livenessOf } from '../base/process-identity.ts'
import { type DiscoverOptions, discoverGpus } from './discover.ts'
import { defaultLeaseDir, type LeaseRow, livingLeases } from './lease-table.ts'
import type { Gpu } from './slot.ts'
import { visibilityInWords } from './visible.ts'

/** What `sweep gpus` and `sweep doctor` show of a machine. */
export interface Machine {
  /** Those that this environment lets us use. */
  readonly gpus: readonly Gpu[]
  readonly cores: number
  readonly memoryBytes: number
  /** Who holds what now; rows of dead holders are left out. */
  readonly leases: readonly LeaseRow[]
  readonly leaseDir: string
  /** The variables that hide GPUs, as typed; empty when none is set. */
  readonly visibility: string
  /** Sentences about what is wrong; none of them stops a sweep by itself. */
  readonly problems: readonly string[]
}

/** Looks at this machine. Never throws: what cannot be seen is among the problems. */
export async function inspectMachine(options: DiscoverOptions & { readonly leaseDir?: string } = {}): Promise<Machine> {
  const leaseDir = options.leaseDir ?? defaultLeaseDir()
  const { gpus, problems } = await discoverGpus(options)
  const leases = leasesSeen(leaseDir)
  return {
    gpus,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    leases: leases.rows,
    leaseDir,
    visibility: visibilityInWords(options.env ?? process.env),
    problems: [...problems, ...leases.problems],
  }
}

function leasesSeen(leaseDir: string): { rows: LeaseRow[]; problems: string[] } {
  try {
    const rows = livingLeases(leaseDir)
    return { rows, problems: rows.filter((row) => !row.holders.some(isHere)).map(heldFromElsewhere) }
  } catch (error) {
    return { rows: [], problems: [error instanceof Error ? error.message : String(error)] }
  }
}

function isHere(holder: LeaseRow['holders'][number]): boolean {
  return livenessOf(holder) === 'alive'
}

/** Nobody but a person can say whether such a process still lives. */
function heldFromElsewhere(row: LeaseRow): string {
  const host = row.holders[0]?.host
  return `${row.slot} is leased to ${row.holder} by a process of the host ${host}, where this machine cannot look.`
}
