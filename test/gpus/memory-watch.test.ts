import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { discoverGpus } from '../../src/gpus/discover.ts'
import { holderInWords } from '../../src/gpus/holder.ts'
import { lookAtMemory, parseApps } from '../../src/gpus/memory-look.ts'
import { MemoryWatch } from '../../src/gpus/memory-watch.ts'
import type { Slot } from '../../src/gpus/slot.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { FakeGpus } from '../fixtures/fake-gpus.ts'

const GPU = 'GPU-aaaaaaaa-0000'
const MIB = 1024 ** 2

let fake: FakeGpus
let watch: MemoryWatch
let slot: Slot
let process1: ChildProcess
/** Which attempt a process works for. */
const owners = new Map<number, string>()

beforeEach(async () => {
  fake = new FakeGpus(join(temporaryFolder(), 'gpus'), [{ uuid: GPU, mib: 10_000, base: 300 }])
  const { gpus } = await discoverGpus({ env: { ...fake.env } })
  const asked = { env: { ...fake.env }, timeoutMs: 3000 }
  watch = new MemoryWatch({ gpus, look: () => lookAtMemory(gpus, asked), ownerOf: (pid) => owners.get(pid) })
  slot = { id: 'gpu0', gpus: gpus.map((gpu) => ({ gpu, share: 1 })), cpus: 1 }
  process1 = spawn('sleep', ['60'])
})
afterEach(() => {
  watch.close()
  process1.kill('SIGKILL')
  owners.clear()
})

const pid1 = () => process1.pid as number
const ended = () => new Promise((resolve) => process1.once('exit', resolve).kill('SIGKILL'))
const gpu = () => slot.gpus[0]?.gpu as NonNullable<(typeof slot.gpus)[0]>['gpu']

describe('the peak of an attempt', () => {
  it('is what its processes had most, on the GPU where it was most', async () => {
    owners.set(pid1(), 'a')
    watch.begin('a', slot)
    for (const mib of [1000, 3000, 2000]) {
      fake.use(pid1(), GPU, mib)
      await watch.refresh()
    }
    expect(watch.peakOf('a')).toBe(3000 * MIB)
    expect(watch.peakOn('gpu0')).toBe(3000 * MIB)
  })

  it('does not count what other processes have, nor what the idle driver has', async () => {
    owners.set(process.pid, 'another')
    fake.use(process.pid, GPU, 4000)
    watch.begin('a', slot)
    await watch.refresh()
    expect(watch.peakOf('a')).toBeUndefined()
  })

  it.each(['hidden', 'silent'] as const)(
    'is what came to the whole GPU where processes are %s, as in containers',
    async (how) => {
      fake.set(how)
      await watch.refresh()
      watch.begin('a', slot)
      fake.use(pid1(), GPU, 2500)
      await watch.refresh()
      expect(watch.peakOf('a')).toBe(2500 * MIB)
    },
  )

  it('is not known where processes are hidden and others share the GPU', async () => {
    fake.set('hidden')
    watch.begin('a', { ...slot, gpus: [{ gpu: gpu(), share: 0.5 }] })
    fake.use(pid1(), GPU, 2500)
    await watch.refresh()
    expect(watch.peakOf('a')).toBeUndefined()
  })
})

describe('the check after an attempt', () => {
  it('needs one look when nothing is left', async () => {
    owners.set(pid1(), 'a')
    watch.begin('a', slot)
    fake.use(pid1(), GPU, 2500)
    await watch.refresh()
    await ended()
    const { holders, looks, ms, driverMs } = await watch.end('a')
    expect([holders, looks]).toEqual([[], 1])
    // What is not the driver's time is ours.
    expect(ms - driverMs).toBeLessThan(50)
  })

  it('waits for a driver that frees late', async () => {
    watch.begin('a', slot)
    owners.set(pid1(), 'a')
    fake.use(pid1(), GPU, 2500)
    const check = watch.end('a', 5000)
    setTimeout(() => fake.free(String(pid1())), 300)
    const { holders, looks } = await check
    expect(holders).toEqual([])
    expect(looks).toBeGreaterThan(1)
  })

  it('names the process that still has memory, its user and its command', async () => {
    owners.set(pid1(), 'a')
    fake.use(pid1(), GPU, 2500)
    watch.begin('a', slot)
    const { holders } = await watch.end('a', 0)
    expect(holders).toMatchObject([{ gpu: GPU, pid: pid1(), bytes: 2500 * MIB, command: 'sleep 60' }])
    expect(holderInWords(holders[0] as (typeof holders)[0])).toMatch(/^2.4 GiB by process \d+ of \S+ \(sleep 60\)$/)
    fake.free(String(pid1()))
    expect((await watch.end('a', 0)).holders).toEqual([])
  })

  it('knows a process again that it saw while the attempt ran, also when the process has gone and its memory has not', async () => {
    owners.set(999_999, 'a')
    fake.leak('x', { uuid: GPU, mib: 700, pid: 999_999 })
    watch.begin('a', slot)
    await watch.refresh()
    owners.clear()
    expect((await watch.end('a', 0)).holders).toMatchObject([{ pid: 999_999, bytes: 700 * MIB }])
  })

  it('finds memory that nobody is said to have, and says so', async () => {
    fake.set('hidden')
    await watch.refresh()
    watch.begin('a', slot)
    fake.leak('x', { uuid: GPU, mib: 700, pid: 999_999 })
    const { holders } = await watch.end('a', 0)
    expect(holders).toEqual([{ gpu: GPU, bytes: 700 * MIB }])
    expect(holderInWords(holders[0] as (typeof holders)[0])).toBe('700 MiB by nobody that the driver names')
  })

  it('leaves strangers alone, whether they came before the attempt or while it ran', async () => {
    fake.use(process.pid, GPU, 4000)
    watch.begin('a', slot)
    await watch.refresh()
    fake.use(pid1(), GPU, 1000)
    expect((await watch.end('a', 0)).holders).toEqual([])
    expect(watch.foreignBytes(gpu(), 0)).toBe(5000 * MIB)
  })

  it('holds nothing back when the driver does not answer, and tells what is wrong once', async () => {
    const problems: string[] = []
    const look = () =>
      lookAtMemory([gpu()], { env: { PATH: join(import.meta.dirname, '../fixtures/bin/no-driver') }, timeoutMs: 500 })
    const blind = new MemoryWatch({ gpus: [gpu()], look, ownerOf: () => undefined })
    blind.onProblem = (text) => problems.push(text)
    blind.begin('a', slot)
    await blind.refresh()
    expect((await blind.end('a')).holders).toEqual([])
    expect(problems).toEqual([expect.stringContaining('nvidia-smi failed')])
    blind.close()
  })
})

describe('looks at the memory', () => {
  it('are never two at once, and those who wait for one share it', async () => {
    fake.set('slow', '0.1')
    watch.begin('a', slot)
    watch.begin('b', slot)
    await Promise.all([watch.end('a', 0), watch.end('b', 0), watch.refresh(), watch.refresh()])
    const looks = fake.asked
    expect(looks.length).toBeLessThanOrEqual(2)
    for (const [i, { began }] of looks.entries()) if (i > 0) expect(began > (looks[i - 1]?.ended ?? 0n)).toBe(true)
  })

  it('happen by themselves only while an attempt runs', async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(fake.asked).toEqual([])
    watch.begin('a', slot)
    await new Promise((resolve) => setTimeout(resolve, 1300))
    expect(fake.asked.length).toBeGreaterThanOrEqual(1)
    await watch.end('a', 0)
    // One that had begun may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const seen = fake.asked.length
    await new Promise((resolve) => setTimeout(resolve, 1300))
    expect(fake.asked.length).toBe(seen)
  })

  it('read process names with commas, and processes that do not say how much they have', () => {
    expect(parseApps('GPU-1, 12, 300, python, x\nGPU-1, 13, [N/A], [Not Found]\n\nNo running processes found')).toEqual(
      [
        { gpu: 'GPU-1', pid: 12, bytes: 300 * MIB, name: 'python, x' },
        { gpu: 'GPU-1', pid: 13, name: '[Not Found]' },
      ],
    )
  })
})
