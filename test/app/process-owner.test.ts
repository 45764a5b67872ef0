import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processOwner } from '../../src/app/process-owner.ts'
import { leasedSlots } from '../../src/gpus/slot-pool.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const before = process.env.SWEEP_LEASE_DIR
beforeEach(() => {
  process.env.SWEEP_LEASE_DIR = join(temporaryFolder(), 'leases')
})
afterEach(() => {
  if (before === undefined) delete process.env.SWEEP_LEASE_DIR
  else process.env.SWEEP_LEASE_DIR = before
})

describe.skipIf(process.platform !== 'linux')('whom a process works for (Linux only)', () => {
  const pool = () => leasedSlots([{ id: 'cpu0', gpus: [], cpus: 1 }], { holder: '/home/ada/runs/gamma.1' })
  /** The table is read again after some time. */
  const later = () => new Promise((resolve) => setTimeout(resolve, 250))

  it('is told by its own environment, if its sweep still has a lease', async () => {
    const env = { ...process.env, SWEEP_TRIAL_DIR: '/home/ada/runs/gamma.1/trials/0003', SWEEP_ATTEMPT: '2' }
    const child = spawn('sleep', ['30'], { env })
    const slots = pool()
    slots.acquire()
    expect(processOwner(child.pid as number)).toBe('/home/ada/runs/gamma.1/trials/0003#2')
    slots.close()
    await later()
    expect(processOwner(child.pid as number)).toBeUndefined()
    child.kill('SIGKILL')
  })

  it('is told by the lease of a process above it, when its environment says nothing', async () => {
    await later()
    const child = spawn('sleep', ['30'])
    expect(processOwner(child.pid as number)).toBeUndefined()
    const slots = pool()
    slots.acquire()
    await later()
    expect(processOwner(child.pid as number)).toBe('/home/ada/runs/gamma.1')
    slots.close()
    child.kill('SIGKILL')
  })
})
