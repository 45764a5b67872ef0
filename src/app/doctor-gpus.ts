import { SweepError } from '../base/errors.ts'
import { bytes, counted } from '../base/human-readable.ts'
import { changeLeases, defaultLeaseDir } from '../gpus/lease-table.ts'
import { inspectMachine, type Machine } from '../gpus/machine.ts'
import type { Check } from './machine-check.ts'

/** Drivers, GPUs and the table of leases. */
export async function gpuChecks(): Promise<Check[]> {
  const machine = await inspectMachine()
  return [...deviceChecks(machine), ...machine.problems.map(problemCheck), leaseCheck(machine)]
}

function deviceChecks({ gpus, cores, visibility }: Machine): Check[] {
  if (gpus.length === 0) {
    const hidden = visibility === '' ? '' : ` (${visibility})`
    return [{ name: 'gpus', state: 'ok', saw: `no GPU${hidden}: trials run on ${counted(cores, 'core')}` }]
  }
  return gpus.map(({ index, model, memoryBytes, memoryUsedBytes }): Check => {
    const saw = `${index}: ${model}, ${bytes(memoryUsedBytes)} of ${bytes(memoryBytes)} used`
    return { name: 'gpus', state: 'ok', saw }
  })
}

function problemCheck(problem: string): Check {
  return { name: 'gpus', state: 'warn', saw: problem }
}

/** Taking the table's lock once proves that sweeps can lease, and makes its folder where there is none yet. */
function leaseCheck({ leases }: Machine): Check {
  const leaseDir = defaultLeaseDir()
  try {
    changeLeases(leaseDir, () => undefined)
    return { name: 'leases', state: 'ok', saw: `${counted(leases.length, 'slot')} leased, table in ${leaseDir}` }
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    const advice = error.suggestions[0] ?? 'set SWEEP_LEASE_DIR to a folder that all users may write'
    return { name: 'leases', state: 'fail', saw: error.message, advice }
  }
}
