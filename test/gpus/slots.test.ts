import { describe, expect, it } from 'vitest'
import type { Gpu } from '../../src/gpus/slot.ts'
import { slotEnvironment } from '../../src/gpus/slot-environment.ts'
import { claimsOf, slotsOf } from '../../src/gpus/slots.ts'

const gpu = (index: number, vendor: Gpu['vendor'] = 'nvidia'): Gpu => ({
  vendor,
  uuid: `GPU-${index}`,
  index,
  model: 'A100',
  memoryBytes: 0,
  memoryUsedBytes: 0,
})
const gpus = [gpu(0), gpu(1), gpu(2)]
const ids = (...asked: Parameters<typeof slotsOf>) => slotsOf(...asked).map((slot) => slot.id)

describe('the slots of a machine', () => {
  it('are its GPUs', () => {
    expect(ids({ gpus, cores: 8 }, { gpus: 1, cpus: 1 })).toEqual(['gpu0', 'gpu1', 'gpu2'])
    expect(ids({ gpus, cores: 8 }, { gpus: 'auto', cpus: 1 })).toEqual(['gpu0', 'gpu1', 'gpu2'])
  })

  it('are shares of GPUs when a trial needs less than one', () => {
    expect(ids({ gpus: [gpu(0)], cores: 8 }, { gpus: 0.5, cpus: 1 })).toEqual(['gpu0.0', 'gpu0.1'])
    const thirds = slotsOf({ gpus: [gpu(0)], cores: 8 }, { gpus: 0.333, cpus: 1 })
    expect(thirds.reduce((sum, slot) => sum + (claimsOf(slot)['GPU-0'] ?? 0), 0)).toBeCloseTo(1, 9)
  })

  it('are several GPUs when a trial needs more than one', () => {
    expect(ids({ gpus, cores: 8 }, { gpus: 2, cpus: 1 })).toEqual(['gpu0+gpu1'])
  })

  it('are cores where there are no GPUs or none are wanted', () => {
    expect(ids({ gpus: [], cores: 5 }, { gpus: 'auto', cpus: 2 })).toEqual(['cpu0', 'cpu1'])
    const [, second] = slotsOf({ gpus, cores: 5 }, { gpus: 0, cpus: 2 })
    expect(second && claimsOf(second)).toEqual({ 'core:2': 1, 'core:3': 1 })
  })

  it('are too few when a trial asks for more than there is, and that is said with the reason', () => {
    const supply = { gpus: [gpu(0)], cores: 2, because: 'CUDA_VISIBLE_DEVICES=0' }
    expect(() => slotsOf(supply, { gpus: 2, cpus: 1 })).toThrow(
      'Each trial asks for 2 GPUs, but this machine shows 1 (CUDA_VISIBLE_DEVICES=0). No trial was started.',
    )
    expect(() => slotsOf(supply, { gpus: 0, cpus: 3 })).toThrow(expect.objectContaining({ code: 'SLOTS_TOO_FEW' }))
    expect(() => slotsOf({ gpus: [], cores: 2 }, { gpus: 0.5, cpus: 1 })).toThrow('0.5 GPUs')
  })

  it('cannot be one and a half GPUs', () => {
    expect(() => slotsOf({ gpus, cores: 2 }, { gpus: 1.5, cpus: 1 })).toThrow(
      expect.objectContaining({ code: 'GPUS_FRACTION' }),
    )
  })
})

describe('the environment of a slot', () => {
  const slot = (...own: Gpu[]) => ({ id: 's', gpus: own.map((it) => ({ gpu: it, share: 1 })), cpus: 3 })

  it('names NVIDIA GPUs by UUID and limits threads to the cores', () => {
    expect(slotEnvironment(slot(gpu(0), gpu(2)))).toMatchObject({
      CUDA_VISIBLE_DEVICES: 'GPU-0,GPU-2',
      OMP_NUM_THREADS: '3',
      MKL_NUM_THREADS: '3',
      RAYON_NUM_THREADS: '3',
    })
  })

  it('names AMD GPUs for ROCr and their places for HIP', () => {
    expect(slotEnvironment(slot(gpu(1, 'amd'), gpu(2, 'amd')))).toMatchObject({
      ROCR_VISIBLE_DEVICES: 'GPU-1,GPU-2',
      HIP_VISIBLE_DEVICES: '0,1',
    })
  })

  it('hides all GPUs from a slot that has none', () => {
    const env = slotEnvironment(slot())
    expect([env.CUDA_VISIBLE_DEVICES, env.ROCR_VISIBLE_DEVICES, env.HIP_VISIBLE_DEVICES]).toEqual(['', '-1', '-1'])
  })
})
