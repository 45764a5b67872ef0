import { describe, expect, it } from 'vitest'
import type { Gpu, Slot } from '../../src/gpus/slot.ts'
import { sharedSlots, slotsOf } from '../../src/gpus/slots.ts'
import { placeOf } from '../../src/orchestrator/place-of-slot.ts'

const gpu = (index: number, instance?: number): Gpu => ({
  vendor: 'nvidia',
  uuid: `GPU-${index}-${instance ?? 'whole'}`,
  index,
  model: 'made up',
  memoryBytes: 1,
  memoryUsedBytes: 0,
  ...(instance === undefined ? {} : { instance }),
})
const places = (slots: readonly Slot[]) => slots.map((slot) => placeOf(slot, slots))
const sorted = (slots: readonly Slot[]) => places(slots).sort((a, b) => a - b)

describe('the place of a slot, which its cores follow from', () => {
  it('is another one for sweeps on different GPUs', () => {
    const of = (index: number, gpus: number) => slotsOf({ gpus: [gpu(index)], cores: 8 }, { gpus, cpus: 1 })
    expect([...places(of(0, 1)), ...places(of(1, 1))]).toEqual([0, 1])
    expect([...places(of(0, 0.5)), ...places(of(1, 0.5))]).toEqual([0, 1, 2, 3])
  })

  it('is there for a whole GPU though the sweep lists shares of it', () => {
    const all = sharedSlots({ gpus: [gpu(0), gpu(1)], cores: 8 }, { cpus: 2 })
    expect(sorted(all)).toEqual([0, 1, 2, 3])
    const whole = (index: number): Slot => ({ id: `gpu${index}`, gpus: [{ gpu: gpu(index), share: 1 }], cpus: 2 })
    expect([placeOf(whole(0), all), placeOf(whole(1), all)]).toEqual([0, 2])
  })

  it('leaves none out for slots with two GPUs, and tells the MIG devices of one GPU apart', () => {
    const gpus = [gpu(0), gpu(1), gpu(2), gpu(3)]
    expect(places(slotsOf({ gpus, cores: 8 }, { gpus: 2, cpus: 1 }))).toEqual([0, 1])
    const mig = [gpu(0, 0), gpu(0, 1), gpu(1, 0), gpu(1, 1)]
    expect(places(slotsOf({ gpus: mig, cores: 8 }, { gpus: 1, cpus: 1 }))).toEqual([0, 1, 2, 3])
  })

  it('is that in the list for slots of cores', () => {
    const all = slotsOf({ gpus: [], cores: 4 }, { gpus: 0, cpus: 2 })
    expect(places(all)).toEqual([0, 1])
    expect(placeOf({ id: 'cpu7', gpus: [], cpus: 2 }, all)).toBe(-1)
  })
})
