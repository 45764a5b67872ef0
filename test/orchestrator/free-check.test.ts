import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Objective } from '../../src/executors/executor.ts'
import { gpuPool } from '../../src/gpus/gpu-pool.ts'
import { livingLeases } from '../../src/gpus/lease-table.ts'
import { lookAtMemory } from '../../src/gpus/memory-look.ts'
import { MemoryWatch } from '../../src/gpus/memory-watch.ts'
import type { Gpu } from '../../src/gpus/slot.ts'
import { slotsOf } from '../../src/gpus/slots.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { FakeGpus } from '../fixtures/fake-gpus.ts'
import { gridSpec, runLoop } from './a-loop.ts'

const MIB = 1024 ** 2

/** A loop over `count` GPUs of 10,000 MiB whose trainers are functions of this process. */
function onGpus(count: number) {
  const folder = temporaryFolder()
  const gpus: Gpu[] = Array.from({ length: count }, (_, index) => ({
    vendor: 'nvidia',
    uuid: `GPU-${index}`,
    index,
    model: 'Fake',
    memoryBytes: 10_000 * MIB,
    memoryUsedBytes: 0,
  }))
  const fake = new FakeGpus(
    join(folder, 'gpus'),
    gpus.map(({ uuid }) => ({ uuid, mib: 10_000, base: 0 })),
  )
  const look = () => lookAtMemory(gpus, { env: { ...fake.env }, timeoutMs: 3000 })
  const memory = new MemoryWatch({ gpus, look, ownerOf: () => undefined })
  const leaseDir = join(folder, 'leases')
  const slots = gpuPool({
    gpus,
    slots: slotsOf({ gpus, cores: 4 }, { gpus: 1, cpus: 1 }),
    cpus: 1,
    holder: folder,
    leaseDir,
    policy: { polite: false },
    memory,
  })
  return { fake, slots, leaseDir }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('between two trials on a GPU', () => {
  it('a look is enough, and trials that were too short for a GPU need none', async () => {
    const { fake, slots, leaseDir } = onGpus(1)
    const objective: Objective = async ({ params }) => {
      await pause(params.x === 1 ? 150 : 1)
      return { f1: 0.5 }
    }
    const { snapshot } = await runLoop({ spec: gridSpec(3), objective, parts: { slots } })
    expect(snapshot.trials.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed'])
    expect(fake.asked).toHaveLength(1)
    expect(livingLeases(leaseDir)).toEqual([])
  })

  it('memory that is held on one GPU leaves the part of a sweep with one trial at a time to another GPU', async () => {
    const { fake, slots } = onGpus(2)
    const objective: Objective = async ({ params }) => {
      await pause(150)
      if (params.x === 0) fake.leak('x', { uuid: 'GPU-0', mib: 700, pid: 999_999 })
      return { f1: 0.5 }
    }
    fake.set('hidden')
    const { snapshot } = await runLoop({ spec: gridSpec(3, { parallel: 1 }), objective, parts: { slots } })
    expect(snapshot.trials.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed'])
    expect(snapshot.trials.map(({ attempts }) => attempts[0]?.slot)).toEqual(['gpu0', 'gpu1', 'gpu1'])
    expect(snapshot.notes.filter(({ text }) => text.startsWith('All GPUs'))).toEqual([])
  })

  it('memory that is held keeps the slot empty, and a sweep without another one waits and says so', async () => {
    const { fake, slots } = onGpus(1)
    const began: number[] = []
    let freed = 0
    const objective: Objective = async ({ params }) => {
      began.push(Date.now())
      await pause(150)
      if (params.x === 0) {
        fake.leak('x', { uuid: 'GPU-0', mib: 700, pid: 999_999 })
        setTimeout(() => {
          freed = Date.now()
          fake.free('x')
        }, 3600)
      }
      return { f1: 0.5 }
    }
    fake.set('hidden')
    const { snapshot } = await runLoop({ spec: gridSpec(2), objective, parts: { slots } })
    expect(snapshot.trials.every(({ state }) => state === 'completed')).toBe(true)
    expect(began[1]).toBeGreaterThan(freed)
    const texts = snapshot.notes.map(({ text }) => text)
    expect(texts).toEqual([
      'gpu0 is not used for now: memory that trial 0 had is still held, on GPU 0 700 MiB by nobody that the driver names.',
      expect.stringContaining('All GPUs of this sweep still have memory of trials that ended'),
      expect.stringContaining('gpu0 is used again'),
    ])
  }, 20_000)

  it('a sweep ends only when the last look has been taken, and leaves what is held to nobody', async () => {
    const { fake, slots, leaseDir } = onGpus(1)
    fake.set('hidden')
    const objective: Objective = async () => {
      await pause(150)
      fake.leak('x', { uuid: 'GPU-0', mib: 700, pid: 999_999 })
      return { f1: 0.5 }
    }
    const { snapshot } = await runLoop({ spec: gridSpec(1), objective, parts: { slots } })
    expect(snapshot.notes.map(({ text }) => text)).toEqual([expect.stringContaining('gpu0 is not used for now')])
    // Nobody knows who holds it, so there is no process that the machine could wait for.
    expect(livingLeases(leaseDir)).toEqual([])
  }, 20_000)
})
