import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspectMachine } from '../../src/gpus/machine.ts'
import type { Gpu } from '../../src/gpus/slot.ts'
import { leasedSlots, openSlotPool } from '../../src/gpus/slot-pool.ts'
import { slotsOf } from '../../src/gpus/slots.ts'

let leaseDir: string
beforeEach(() => {
  leaseDir = join(mkdtempSync(join(tmpdir(), 'sweep-leases-test-')), 'leases')
})
afterEach(() => rmSync(join(leaseDir, '..'), { recursive: true, force: true }))

const gpu: Gpu = { vendor: 'nvidia', uuid: 'GPU-1', index: 0, model: 'A', memoryBytes: 0, memoryUsedBytes: 0 }
const gpuPool = (holder: string, gpus: number) =>
  leasedSlots(slotsOf({ gpus: [gpu], cores: 2 }, { gpus, cpus: 1 }), { leaseDir, holder })
const corePool = (holder: string, limit = 9) =>
  leasedSlots(slotsOf({ gpus: [], cores: 2 }, { gpus: 0, cpus: 1 }), { leaseDir, holder, limit })

function takeSlots(holder: string, rounds: string): ChildProcess {
  const script = join(import.meta.dirname, '../fixtures/take-slots.ts')
  const argv = ['--import', 'jiti/register', script, leaseDir, holder, rounds]
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function saidBy(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout as NodeJS.ReadableStream) text += chunk
  return text
}

const exited = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve))

describe('a pool of slots', () => {
  it('hands out each slot once, and again after its release', () => {
    const pool = corePool('a')
    const [first, second, third] = [pool.acquire(), pool.acquire(), pool.acquire()]
    expect([first?.id, second?.id, third]).toEqual(['cpu0', 'cpu1', undefined])
    if (first) pool.release(first)
    expect(pool.acquire()?.id).toBe('cpu0')
    pool.close()
  })

  it('leaves to one sweep what another one holds', () => {
    const [one, other] = [corePool('a', 1), corePool('b')]
    one.acquire()
    expect([other.acquire()?.id, other.acquire()]).toEqual(['cpu1', undefined])
    one.close()
    expect(other.acquire()?.id).toBe('cpu0')
    other.close()
  })

  it('shares a GPU between sweeps up to the whole of it', () => {
    const [half, quarter, whole] = [gpuPool('a', 0.5), gpuPool('b', 0.25), gpuPool('c', 1)]
    half.acquire()
    expect([1, 2, 3].map(() => quarter.acquire()?.id)).toEqual(['gpu0.0', 'gpu0.1', undefined])
    expect(whole.acquire()).toBeUndefined()
    half.close()
    quarter.close()
    expect(whole.acquire()?.id).toBe('gpu0')
    whole.close()
  })

  it('uses no more than its limit, but finds any slot by its name', () => {
    const pool = corePool('a', 1)
    expect(pool.slots.map((slot) => slot.id)).toEqual(['cpu0'])
    expect(pool.acquire('cpu1')?.id).toBe('cpu1')
    pool.close()
  })

  it('lets other users of the machine in', () => {
    const pool = corePool('a')
    pool.acquire()
    expect(statSync(leaseDir).mode & 0o777).toBe(0o777)
    expect(statSync(join(leaseDir, 'leases.json')).mode & 0o777).toBe(0o666)
    pool.close()
  })

  it('refuses a table that it cannot read, and leaves it as it is', () => {
    const pool = corePool('a')
    pool.acquire()
    const path = join(leaseDir, 'leases.json')
    writeFileSync(path, '{"format": 2}')
    expect(() => pool.acquire()).toThrow(expect.objectContaining({ code: 'LEASES_UNUSABLE' }))
    expect(readFileSync(path, 'utf8')).toBe('{"format": 2}')
  })

  it('says that a folder cannot be used', () => {
    writeFileSync(leaseDir, '')
    expect(() => corePool('a').acquire()).toThrow(expect.objectContaining({ code: 'LEASES_UNUSABLE' }))
  })

  it('refuses a link in the place of the folder of leases, wherever it leads, and opens nothing up', () => {
    const elsewhere = join(leaseDir, '..', 'private')
    mkdirSync(elsewhere, { mode: 0o700 })
    for (const target of [elsewhere, join(leaseDir, '..', 'nowhere')]) {
      symlinkSync(target, leaseDir)
      expect(() => corePool('a').acquire()).toThrow(/cannot be used: it is not a folder/)
      rmSync(leaseDir)
    }
    expect(statSync(elsewhere).mode & 0o777).toBe(0o700)
  })
})

describe('a pool of slots, among real processes', () => {
  it('never gives a slot to two sweeps at once', async () => {
    const said = await Promise.all(['a', 'b', 'c'].map((holder) => saidBy(takeSlots(holder, '30'))))
    const uses = said.flatMap((text) => text.trim().split('\n')).map((line) => line.split(' '))
    for (const slot of ['cpu0', 'cpu1']) {
      const times = uses
        .filter(([id]) => id === slot)
        .map(([, from, until]) => ({ from: BigInt(from ?? 0), until: BigInt(until ?? 0) }))
        .sort((a, b) => (a.from < b.from ? -1 : 1))
      expect(times.length).toBeGreaterThan(5)
      for (const [i, use] of times.entries()) if (i > 0) expect(use.from > (times[i - 1]?.until ?? 0n)).toBe(true)
    }
  })

  it('takes over the slots of a dead process, but not while an attempt that it shared them with lives', async () => {
    const holder = takeSlots('a', 'hold')
    await new Promise((resolve) => holder.stdout?.once('data', resolve))
    const pool = corePool('b')
    expect(pool.acquire()).toBeUndefined()
    holder.kill('SIGKILL')
    await exited(holder)
    const slot = pool.acquire()
    expect(slot?.id).toBe('cpu0')

    const keeper = spawn('sleep', ['30'])
    if (slot) pool.share(slot, keeper.pid as number)
    // As it would be had the orchestrator died: only the keeper is left in the row.
    const path = join(leaseDir, 'leases.json')
    const table = JSON.parse(readFileSync(path, 'utf8'))
    table.rows[0].holders[0].startTime = '1'
    writeFileSync(path, JSON.stringify(table))
    const [stranger, resumed] = [corePool('c', 1), corePool('b', 1)]
    expect(stranger.acquire()).toBeUndefined()
    expect(resumed.acquire('cpu0')?.id).toBe('cpu0')
    resumed.close()
    keeper.kill('SIGKILL')
    await exited(keeper)
    expect(stranger.acquire()?.id).toBe('cpu0')
    stranger.close()
  })
})

describe('what the machine shows', () => {
  it('lists cores, memory, and who holds what', async () => {
    const pool = corePool('/home/ada/runs/gamma-grid.3')
    pool.acquire()
    const machine = await inspectMachine({ leaseDir, env: { PATH: '/no/such/folder' } })
    expect(machine).toMatchObject({ gpus: [], problems: [], leaseDir })
    expect(machine.cores).toBeGreaterThan(0)
    expect(machine.leases.map((row) => [row.slot, row.holder])).toEqual([['cpu0', '/home/ada/runs/gamma-grid.3']])
    pool.close()
  })

  it('has slots for a sweep without GPUs, and takes no lease for looking', async () => {
    const pool = await openSlotPool({ resources: { gpus: 0, cpus: 1 }, holder: 'a', leaseDir, cores: 3 })
    expect(pool.slots.map((slot) => slot.id)).toEqual(['cpu0', 'cpu1', 'cpu2'])
    expect(() => statSync(leaseDir)).toThrow('ENOENT')
  })

  it('names the GPUs there are when one is asked for that is not', async () => {
    const opening = openSlotPool({ resources: { gpus: 1, cpus: 1 }, holder: 'a', leaseDir, only: ['7'] })
    await expect(opening).rejects.toMatchObject({ code: 'GPU_UNKNOWN' })
  })
})
