import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { counted } from '../base/human-readable.ts'
import { livenessOf } from '../base/process-identity.ts'
import { defaultLeaseDir, type LeaseRow, lives, livingLeases } from '../gpus/lease-table.ts'
import { lockHolder } from '../journal/lock.ts'
import type { Check } from './machine-check.ts'

/** Slots that are taken while the sweep which took them is gone, and rows of the dead. */
export function leaseHolderChecks(leaseDir: string = defaultLeaseDir()): Check[] {
  let rows: LeaseRow[]
  try {
    rows = livingLeases(leaseDir)
  } catch {
    // What is wrong with the table is said by the check that takes its lock.
    return []
  }
  return [...rows.flatMap(withoutSweep), ...deadRows(leaseDir)]
}

function withoutSweep({ slot, holder, holders }: LeaseRow): Check[] {
  const living = holders.filter((process) => livenessOf(process) === 'alive').map(({ pid }) => pid)
  if (living.length === 0) return []
  const kept = `kept by process ${living.join(', ')}`
  if (!existsSync(holder)) {
    const advice = `look at it: ps -fp ${living.join(',')}; end it: kill ${living.join(' ')}`
    return [warn(`${slot} is leased to ${holder}, which is no longer there; ${kept}`, advice)]
  }
  const state = stateOf(holder)
  if (state === 'alive' || state === 'elsewhere') return []
  const id = basename(holder)
  const advice = `go on with it: sweep resume ${id}; or end its trials: sweep stop ${id}`
  return [warn(`${slot} is leased to ${id}, whose own process is gone; ${kept}`, advice)]
}

/** A folder that is not a sweep's: functions of a program and tests lease, too. */
function stateOf(folder: string): string | undefined {
  if (!existsSync(join(folder, 'sweep.json'))) return 'alive'
  return lockHolder(folder)?.state
}

/** Rows whose processes are all dead take nothing from anybody; the next lease sweeps them out. */
function deadRows(leaseDir: string): Check[] {
  try {
    const table = JSON.parse(readFileSync(join(leaseDir, 'leases.json'), 'utf8')) as { rows?: LeaseRow[] }
    const dead = (table.rows ?? []).filter((row) => !lives(row)).length
    if (dead === 0) return []
    const saw = `${counted(dead, 'lease')} of dead processes: they count for nothing and go with the next start`
    return [{ name: 'leases', state: 'ok', saw }]
  } catch {
    return []
  }
}

const warn = (saw: string, advice: string): Check => ({ name: 'leases', state: 'warn', saw, advice })
