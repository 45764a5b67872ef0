import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Need, PackingPolicy } from '../../src/gpus/gpu-load.ts'
import { gpuPool } from '../../src/gpus/gpu-pool.ts'
import { livingLeases } from '../../src/gpus/lease-table.ts'
import { MemoryWatch } from '../../src/gpus/memory-watch.ts'
import type { Gpu, SlotPool } from '../../src/gpus/slot.ts'
import { openSlotPool } from '../../src/gpus/slot-pool.ts'
import { sharedSlots } from '../../src/gpus/slots.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { FakeGpus } from '../fixtures/fake-gpus.ts'

const GIB = 1024 ** 3
let leaseDir: string
beforeEach(() => {
  leaseDir = join(temporaryFolder(), 'leases')
})

const gpuOf = (index: number, gib = 16): Gpu => ({
  vendor: 'nvidia',
  uuid: `GPU-${index}`,
  index,
  model: 'A',
  memoryBytes: gib * GIB,
  memoryUsedBytes: 0,
})

interface Sweep {
  readonly holder?: string
  readonly gpus?: readonly Gpu[]
  readonly policy?: PackingPolicy
  readonly memory?: MemoryWatch
}

function sweep({ holder = 'a', gpus = [gpuOf(0), gpuOf(1)], policy = { polite: false }, memory }: Sweep = {}) {
  const most = policy.mostPerGpu ?? 8
  const slots = sharedSlots({ gpus, cores: 64 }, { cpus: 1, most })
  const pool = gpuPool({ gpus, slots, cpus: 1, holder, leaseDir, policy, ...(memory === undefined ? {} : { memory }) })
  return pool as SlotPool & Required<Pick<SlotPool, 'place' | 'quarantine' | 'endQuarantine'>>
}

const needs = (count: number, need: Partial<Need> = {}, from = 0): Need[] =>
  Array.from({ length: count }, (_, i) => ({ key: String(from + i), gpus: 1, ...need }))
const gib = (n: number) => ({ memoryBytes: n * GIB })
const placed = (pool: ReturnType<typeof sweep>, wanted: readonly Need[], most = 99) =>
  pool.place(wanted, most).starts.map(({ slot }) => slot.id)

describe('GPUs shared by memory', () => {
  it('gives a trial whose need is unknown a GPU alone, and known ones a GPU together', () => {
    const pool = sweep()
    expect(placed(pool, needs(3)).sort()).toEqual(['gpu0', 'gpu1'])
    pool.close()
    expect(placed(pool, needs(9, gib(7))).sort()).toEqual(['gpu0.0', 'gpu0.1', 'gpu1.0', 'gpu1.1'])
    pool.close()
  })

  it('places by what is reserved, not by memory that fills late', () => {
    const [first, second] = [sweep({ holder: 'a' }), sweep({ holder: 'b' })]
    // Nothing is in use on either GPU yet when the second sweep looks.
    expect(placed(first, needs(1, gib(14)))).toEqual(['gpu0.0'])
    expect(placed(second, needs(1, gib(14)))).toEqual(['gpu1.0'])
    expect(placed(second, needs(1, gib(14)))).toEqual([])
    first.close()
    second.close()
  })

  it('leaves to one sweep what another one holds, and gives it on when that one ends', () => {
    const [first, second] = [sweep({ holder: 'a' }), sweep({ holder: 'b' })]
    expect(placed(first, needs(2))).toHaveLength(2)
    expect(placed(second, needs(1, gib(1)))).toEqual([])
    first.close()
    expect(placed(second, needs(1, gib(1)))).toHaveLength(1)
    second.close()
  })

  it('fills GPUs that are kept free for a large trial only with what ends before those that run there', () => {
    const hour = 3_600_000
    const pool = sweep({ policy: { polite: false, patience: 1 } })
    expect(placed(pool, needs(2, { ...gib(7), expectedMs: hour }))).toHaveLength(2)
    const large: Need = { key: 'large', gpus: 2, alone: true, expectedMs: hour }
    expect(placed(pool, [large, ...needs(1, { ...gib(7), expectedMs: hour }, 9)])).toHaveLength(1)
    expect(placed(pool, [large, ...needs(1, { ...gib(7), expectedMs: 2 * hour }, 2)])).toEqual([])
    expect(placed(pool, [large, ...needs(1, { ...gib(7), expectedMs: hour / 2 }, 3)])).toHaveLength(1)
    pool.close()
  })

  it('uses preferred GPUs first', () => {
    const pool = sweep({ policy: { polite: false, prefer: ['GPU-1', 'GPU-0'] } })
    expect(placed(pool, needs(1))).toEqual(['gpu1'])
    expect(placed(pool, needs(1))).toEqual(['gpu0'])
    pool.close()
  })

  it('puts no more trials on a GPU than its maximum, those of other sweeps included', () => {
    const policy = { polite: false, mostPerGpu: 2 }
    const [first, second] = [sweep({ gpus: [gpuOf(0)], policy }), sweep({ holder: 'b', gpus: [gpuOf(0)], policy })]
    expect(placed(first, needs(1, gib(1)))).toHaveLength(1)
    expect(placed(second, needs(5, gib(1)))).toHaveLength(1)
    first.close()
    second.close()
  })

  it('packs what exactly fits, and not a byte more than there is', () => {
    const pool = sweep({ gpus: [gpuOf(0)], policy: { polite: false, mostPerGpu: 8 } })
    expect(placed(pool, needs(9, gib(3)))).toHaveLength(5)
    const { claims } = livingLeases(leaseDir).reduce(
      (sum, row) => ({ claims: sum.claims + (row.claims['GPU-0'] ?? 0) }),
      { claims: 0 },
    )
    expect(claims).toBeLessThanOrEqual(1)
    pool.close()
  })

  it('gives a trial several GPUs, or a fixed share of one', () => {
    const pool = sweep()
    expect(placed(pool, needs(1, { gpus: 2 }))).toEqual(['gpu0+gpu1'])
    pool.close()
    expect(placed(pool, needs(5, { gpus: 0.5 }))).toHaveLength(4)
    pool.close()
  })

  it('starts no more than it is told to', () => {
    const pool = sweep()
    expect(placed(pool, needs(9, gib(1)), 3)).toHaveLength(3)
    pool.close()
  })
})

describe('large trials among small ones', () => {
  it('get GPUs kept free by other sweeps, too, once enough of those have overtaken them', () => {
    const gpus = [gpuOf(0), gpuOf(1)]
    const [large, small] = [sweep({ holder: 'large', gpus }), sweep({ holder: 'small', gpus })]
    let running = small.place(needs(4, gib(6)), 99).starts
    let got: string[] = []
    for (let turn = 0; turn < 60 && got.length === 0; turn++) {
      // One of the small ones ends, and its sweep has the next one at hand at once.
      const [first, ...rest] = running
      if (first !== undefined) small.release(first.slot)
      got = placed(large, needs(1, { gpus: 2 }))
      running = [...rest, ...small.place(needs(1, gib(6), 100 + turn), 99).starts]
    }
    expect(got).toEqual(['gpu0+gpu1'])
    small.close()
    large.close()
    expect(livingLeases(leaseDir)).toEqual([])
  })

  it('of two sweeps do not keep each other waiting', () => {
    const [one, other, small] = [sweep({ holder: 'a' }), sweep({ holder: 'b' }), sweep({ holder: 'c' })]
    const got = new Set<string>()
    let running = small.place(needs(4, gib(6)), 99).starts
    for (let turn = 0; turn < 120 && got.size < 2; turn++) {
      const [first, ...rest] = running
      if (first !== undefined) small.release(first.slot)
      for (const [name, pool] of [
        ['a', one],
        ['b', other],
      ] as const) {
        if (got.has(name)) continue
        const { starts } = pool.place(needs(1, { gpus: 2 }), 99)
        if (starts[0] === undefined) continue
        got.add(name)
        pool.close()
      }
      running = [...rest, ...small.place(needs(1, gib(6), 100 + turn), 99).starts]
    }
    expect([...got].sort()).toEqual(['a', 'b'])
    small.close()
  })
})

describe('a slot whose memory is still held', () => {
  it('is shown to all, and stays taken while its holder lives, even when the sweep has ended', async () => {
    const holder = spawn('sleep', ['30'])
    const pool = sweep({ gpus: [gpuOf(0)] })
    const [start] = pool.place(needs(1), 99).starts
    if (start === undefined) throw new Error('nothing was placed')
    pool.quarantine(start.slot, '2 GiB by process 7', [holder.pid as number])
    expect(livingLeases(leaseDir)[0]?.quarantine?.note).toBe('2 GiB by process 7')
    pool.close()
    const other = sweep({ holder: 'b', gpus: [gpuOf(0)] })
    expect(placed(other, needs(1))).toEqual([])
    await new Promise((resolve) => holder.once('exit', resolve).kill('SIGKILL'))
    expect(placed(other, needs(1))).toEqual(['gpu0'])
    other.close()
  })

  it('is as good as new when the quarantine has ended', () => {
    const pool = sweep({ gpus: [gpuOf(0)] })
    const [start] = pool.place(needs(1), 99).starts
    if (start === undefined) throw new Error('nothing was placed')
    pool.quarantine(start.slot, 'x', [process.pid])
    pool.endQuarantine(start.slot)
    pool.release(start.slot)
    expect(livingLeases(leaseDir)).toEqual([])
    expect(placed(pool, needs(1))).toEqual(['gpu0'])
    pool.close()
  })
})

describe('a resumed sweep', () => {
  /** As it would be had the orchestrator died: only the keeper is left alive in its rows. */
  function orphan(keeper: number, pool: ReturnType<typeof sweep>) {
    const [start] = pool.place(needs(1, gib(6)), 99).starts
    if (start === undefined) throw new Error('nothing was placed')
    pool.share(start.slot, keeper)
    const path = join(leaseDir, 'leases.json')
    const table = JSON.parse(readFileSync(path, 'utf8'))
    table.rows[0].holders[0].startTime = '1'
    writeFileSync(path, JSON.stringify(table))
    return start.slot
  }

  it('gets the slot of a running attempt back with the memory that was set aside for it', () => {
    const keeper = spawn('sleep', ['30'])
    const slot = orphan(keeper.pid as number, sweep({ gpus: [gpuOf(0)] }))
    const [stranger, resumed] = [sweep({ holder: 'b', gpus: [gpuOf(0)] }), sweep({ gpus: [gpuOf(0)] })]
    expect(placed(stranger, needs(1))).toEqual([])
    expect(resumed.acquire(slot.id)).toEqual(slot)
    expect(resumed.acquire(slot.id)).toBeUndefined()
    expect(placed(resumed, needs(9, gib(6)))).toHaveLength(1)
    keeper.kill('SIGKILL')
    resumed.close()
    stranger.close()
  })

  it('forgets leases of attempts that ended while nobody looked', () => {
    const keeper = spawn('sleep', ['30'])
    orphan(keeper.pid as number, sweep({ gpus: [gpuOf(0)] }))
    const resumed = sweep({ gpus: [gpuOf(0)] })
    expect(placed(resumed, needs(1))).toEqual(['gpu0'])
    keeper.kill('SIGKILL')
    resumed.close()
  })

  it('takes what is left of a GPU when the table of leases was lost', () => {
    const resumed = sweep({ gpus: [gpuOf(0)] })
    expect(resumed.acquire('gpu0.1')?.gpus[0]?.share).toBe(0.5)
    expect(resumed.acquire('gpu7')).toBeUndefined()
    resumed.close()
  })
})

describe('GPUs that strangers use', () => {
  const strangers = async (polite: boolean) => {
    const fake = new FakeGpus(join(temporaryFolder(), 'gpus'), [
      { uuid: 'GPU-0', mib: 16 * 1024 },
      { uuid: 'GPU-1', mib: 16 * 1024 },
    ])
    fake.use(process.pid, 'GPU-0', 10 * 1024)
    const { lookAtMemory } = await import('../../src/gpus/memory-look.ts')
    const gpus = [gpuOf(0), gpuOf(1)]
    const look = () => lookAtMemory(gpus, { env: { ...fake.env }, timeoutMs: 3000 })
    const memory = new MemoryWatch({ gpus, look, ownerOf: () => undefined })
    await memory.refresh()
    return { fake, memory, pool: sweep({ gpus, memory, policy: { polite } }) }
  }

  it('are used for what they leave free', async () => {
    const { pool } = await strangers(false)
    expect(placed(pool, needs(9, gib(5))).sort()).toEqual(['gpu0.0', 'gpu1.0', 'gpu1.1', 'gpu1.2'])
    pool.close()
  })

  it('are left alone by a polite sweep, and used again when the strangers have gone', async () => {
    const { pool, fake, memory } = await strangers(true)
    expect(placed(pool, needs(9, gib(7))).every((id) => id.startsWith('gpu1'))).toBe(true)
    fake.free(String(process.pid))
    await memory.refresh()
    expect(placed(pool, needs(9, gib(7), 20)).some((id) => id.startsWith('gpu0'))).toBe(true)
    pool.close()
  })
})

describe('the pool of a machine', () => {
  it('gives one trial a GPU where memory cannot be seen', async () => {
    const bin = join(import.meta.dirname, '../fixtures/bin/mig')
    const path = process.env.PATH
    process.env.PATH = `${bin}:${path}`
    try {
      const pool = await openSlotPool({
        resources: { gpus: 'auto', cpus: 1 },
        holder: 'a',
        leaseDir,
        cores: 16,
        only: ['MIG-aaaaaaaa'],
        ownerOf: () => undefined,
      })
      expect(pool.slots.map(({ id }) => id)).toEqual(['gpu0m0'])
      expect(pool.memory).toBeUndefined()
      expect(pool.place?.(needs(2, gib(1)), 9).starts).toHaveLength(1)
      pool.close()
    } finally {
      process.env.PATH = path
    }
  })
})
