import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GpuLoad, Need, Packing, PackingPolicy, PackingState, Tenant } from '../../src/gpus/gpu-load.ts'
import { pack } from '../../src/gpus/packing.ts'
import { capacityOf } from '../../src/gpus/packing-room.ts'

const GIB = 2 ** 30
const gpu = (uuid: string, more: Partial<GpuLoad> = {}): GpuLoad => ({
  uuid,
  memoryBytes: 24 * GIB,
  foreignBytes: 0,
  tenants: [],
  ...more,
})
const tenant = (key: string, gib: number, more: Partial<Tenant> = {}): Tenant => ({
  key,
  share: (gib * GIB) / capacityOf(24 * GIB),
  reservedBytes: gib * GIB,
  peakBytes: 0,
  ...more,
})
const need = (key: string, gib?: number, more: Partial<Need> = {}): Need => ({
  key,
  gpus: 1,
  ...(gib === undefined ? {} : { memoryBytes: gib * GIB }),
  ...more,
})
const where = ({ starts }: Packing) =>
  Object.fromEntries(starts.map(({ key, gpus }) => [key, gpus.map(({ uuid }) => uuid).join('+')]))
const waiting = (key: string, times: number): PackingState => ({ passedOver: { [key]: times } })

describe('packing', () => {
  it('puts several trials on one GPU while their reservations fit, and no more (5: memory counts in placement)', () => {
    const needs = [need('a', 9), need('b', 9), need('c', 9)]
    expect(where(pack([gpu('A')], needs))).toEqual({ a: 'A', b: 'A' })
  })

  it('does not start beside a trial that still loads because memory happens to be free (7: the race of slow loading)', () => {
    // 14 GiB are promised and nothing of it is used yet.
    const loads = [gpu('A', { tenants: [tenant('loading', 14)] })]
    expect(where(pack(loads, [need('a', 9)]))).toEqual({})
    expect(where(pack(loads, [need('a', 8)]))).toEqual({ a: 'A' })
  })

  it('starts a trial that needs exactly what is free, and not one that needs a byte more (8: off by one in the fit)', () => {
    const free = capacityOf(24 * GIB) - 14 * GIB
    const loads = [gpu('A', { tenants: [tenant('other', 14)] })]
    expect(where(pack(loads, [{ key: 'a', gpus: 1, memoryBytes: free }]))).toEqual({ a: 'A' })
    expect(where(pack(loads, [{ key: 'a', gpus: 1, memoryBytes: free + 64 }]))).toEqual({})
  })

  it('heeds the number of trials on one GPU, whatever memory is left (5: a number that was silently ignored)', () => {
    const needs = ['a', 'b', 'c'].map((key) => need(key, 1))
    expect(pack([gpu('A')], needs, { mostPerGpu: 2 }).starts).toHaveLength(2)
  })

  it('counts a tenant that took more than it was promised by what it took', () => {
    const loads = [gpu('A', { tenants: [tenant('greedy', 4, { peakBytes: 16 * GIB })] })]
    expect(where(pack(loads, [need('a', 7)]))).toEqual({})
  })

  it('gives a trial of unknown memory a GPU of its own, the one with the most memory', () => {
    const loads = [gpu('small', { memoryBytes: 16 * GIB }), gpu('large', { memoryBytes: 80 * GIB })]
    const packing = pack(loads, [need('a'), need('b', 3)])
    expect(where(packing)).toEqual({ a: 'large', b: 'small' })
    expect(packing.starts[0]?.gpus[0]?.share).toBe(1)
    expect(where(pack([gpu('A', { tenants: [tenant('other', 1)] })], [need('a')]))).toEqual({})
  })

  it('shares out over the GPUs first, then fills the fullest that takes it', () => {
    const loads = [gpu('A'), gpu('B')]
    expect(where(pack(loads, [need('a', 9), need('b', 8)]))).toEqual({ a: 'A', b: 'B' })
    const filled = [gpu('A', { tenants: [tenant('x', 4)] }), gpu('B', { tenants: [tenant('y', 8)] })]
    expect(where(pack(filled, [need('a', 9)]))).toEqual({ a: 'B' })
  })

  it('uses preferred GPUs first (7: preferred order on a shared machine)', () => {
    const loads = [gpu('A'), gpu('B'), gpu('C')]
    expect(where(pack(loads, [need('a', 9), need('b', 9), need('c', 9)], { prefer: ['C', 'A'] }))).toEqual({
      a: 'C',
      b: 'C',
      c: 'A',
    })
  })

  it('leaves GPUs on which other people compute to them; told not to be polite, it uses what they leave free', () => {
    const loads = [gpu('A', { foreignBytes: 10 * GIB })]
    expect(where(pack(loads, [need('a', 8)]))).toEqual({})
    expect(where(pack(loads, [need('a', 8)], { polite: false }))).toEqual({ a: 'A' })
    expect(where(pack(loads, [need('a', 14)], { polite: false }))).toEqual({})
    const display = [gpu('A', { foreignBytes: 0.1 * GIB })]
    expect(where(pack(display, [need('a', 8)]))).toEqual({ a: 'A' })
  })

  it('tries an unknown need only where other people leave at least half of a GPU', () => {
    const used = (gib: number) => [gpu('A', { foreignBytes: gib * GIB })]
    expect(where(pack(used(10), [need('a')], { polite: false }))).toEqual({ a: 'A' })
    expect(where(pack(used(14), [need('a')], { polite: false }))).toEqual({})
    expect(where(pack(used(14), [need('a', 8, { alone: true })], { polite: false }))).toEqual({ a: 'A' })
    expect(where(pack(used(14), [need('a', 9, { alone: true })], { polite: false }))).toEqual({})
    // A display does not keep the largest trials away for ever.
    expect(where(pack(used(0.2), [need('a', 30)], { polite: false }))).toEqual({ a: 'A' })
  })

  it('puts halves and thirds on one GPU, and nothing beside them when it is full', () => {
    const thirds = ['a', 'b', 'c', 'd'].map((key) => need(key, undefined, { gpus: 1 / 3 }))
    const packing = pack([gpu('A')], thirds)
    expect(packing.starts.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    const unknownSize = pack([gpu('A', { memoryBytes: 0 })], thirds)
    expect(unknownSize.starts).toHaveLength(3)
  })

  it('gives a trial on two GPUs the same share of each', () => {
    const packing = pack([gpu('A'), gpu('B')], [need('a', 10, { gpus: 2 }), need('b', 10, { gpus: 2 })])
    expect(where(packing)).toEqual({ a: 'A+B', b: 'A+B' })
  })

  it('starts nothing beside one that is to be alone, also where memory is left', () => {
    expect(where(pack([gpu('A')], [need('a', 2, { alone: true }), need('b', 2)]))).toEqual({ a: 'A' })
  })

  it('puts one that ran out of memory on a larger GPU, and says when there is none', () => {
    const loads = [gpu('A'), gpu('B', { memoryBytes: 80 * GIB })]
    const again = need('a', undefined, { largerThanBytes: 24 * GIB })
    expect(where(pack(loads, [again]))).toEqual({ a: 'B' })
    expect(pack([gpu('A')], [again])).toMatchObject({ starts: [], impossible: ['a'] })
    expect(pack([gpu('A')], [need('b', 3, { gpus: 2 })]).impossible).toEqual(['b'])
  })

  it('tries a trial whose forecast is above every GPU alone on the largest: a forecast may err', () => {
    const loads = [gpu('A'), gpu('B', { memoryBytes: 40 * GIB })]
    const packing = pack(loads, [need('a', 60)])
    expect(where(packing)).toEqual({ a: 'B' })
    expect(packing.starts[0]?.gpus[0]?.share).toBe(1)
  })

  it('keeps GPUs free for a large trial that many have overtaken, and fills the gap only with what ends before', () => {
    const busy = [
      gpu('A', { tenants: [tenant('x', 8, { endsInMs: 60_000 })] }),
      gpu('B', { tenants: [tenant('y', 8, { endsInMs: 90_000 })] }),
    ]
    const needs = [
      need('large', undefined, { gpus: 2 }),
      need('long', 8, { expectedMs: 100_000 }),
      need('short', 8, { expectedMs: 50_000 }),
      need('unknown', 8),
    ]
    const patient = pack(busy, needs, { before: waiting('large', 15) })
    expect(Object.keys(where(patient)).sort()).toEqual(['long', 'short'])
    const due = pack(busy, needs, { before: waiting('large', 16) })
    expect(where(due)).toEqual({ short: 'A' })
    expect(due.state.drained).toEqual({ key: 'large', gpus: ['A', 'B'] })
    // Forecasts that were wrong for long are no longer believed.
    expect(where(pack(busy, needs, { before: waiting('large', 64) }))).toEqual({})
  })

  it('starts the longest first where it is known how long they take, and plans the rest of a short queue', () => {
    const minutes = (n: number) => ({ expectedMs: n * 60_000 })
    const one = [gpu('A', { tenants: [tenant('x', 8, { endsInMs: 60_000 })] })]
    const needs = [need('short', 14, minutes(10)), need('long', 14, minutes(60))]
    expect(where(pack(one, needs))).toEqual({ long: 'A' })
    // Longest first is 3 + 2 + 2 beside 3 + 2, which ends after 7; 3 + 3 beside 2 + 2 + 2 ends after 6.
    const queue = [3, 3, 2, 2, 2].map((n, i) => need(`${n}-${i}`, 20, minutes(n)))
    expect(Object.keys(where(pack([gpu('A'), gpu('B')], queue)))).toEqual([
      expect.stringMatching('3-'),
      expect.stringMatching('2-'),
    ])
  })

  it('starts no more than it may, and counts nobody as overtaken for it', () => {
    const needs = [need('a', 3), need('b', 3)]
    expect(pack([gpu('A')], needs, { most: 0 })).toEqual({ starts: [], impossible: [], state: { passedOver: {} } })
    expect(where(pack([gpu('A')], needs, { most: 1 }))).toEqual({ a: 'A' })
  })

  it('keeps the queue as it is where nothing is known of durations', () => {
    const needs = [need('a', 9), need('b', 12), need('c', 12)]
    expect(where(pack([gpu('A')], needs))).toEqual({ a: 'A', b: 'A' })
  })

  it('keeps the GPUs that it began to keep free', () => {
    const busy = [gpu('A', { tenants: [tenant('x', 8)] }), gpu('B', { tenants: [tenant('y', 4)] })]
    const before = { passedOver: { whole: 16 }, drained: { key: 'whole', gpus: ['A'] } }
    expect(pack(busy, [need('whole')], { before }).state.drained?.gpus).toEqual(['A'])
  })

  it('lets a reservation stand, however little of it was seen in use', () => {
    const load = [gpu('A', { tenants: [tenant('x', 20, { peakBytes: 5 * GIB })] })]
    expect(where(pack(load, [need('a', 10)]))).toEqual({})
  })
})

/** A machine that runs what it is told, ends trials in a random order, and checks the rules at every step. */
const machine = fc.record({
  sizes: fc.array(fc.constantFrom(0, 16, 24, 40, 80), { minLength: 1, maxLength: 4 }),
  needs: fc.array(
    fc.record({
      gpus: fc.constantFrom(1, 1, 1, 2, 3, 0.5, 1 / 3),
      gib: fc.option(fc.double({ min: 0.1, max: 90, noNaN: true }), { nil: undefined }),
      alone: fc.boolean(),
      expectedMs: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
      takes: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 24 },
  ),
  ends: fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
  policy: fc.record({ mostPerGpu: fc.integer({ min: 1, max: 5 }), patience: fc.integer({ min: 0, max: 6 }) }),
})

describe('packing, on any machine', () => {
  it('never promises more than there is, gives each share once, and starts everything in the end', () => {
    fc.assert(
      fc.property(machine, ({ sizes, needs, ends, policy }) => {
        const loads = sizes.map((gib, i) => ({ uuid: `G${i}`, memoryBytes: gib * GIB, foreignBytes: 0 }))
        const waitingNeeds = needs
          .filter(({ gpus }) => gpus <= sizes.length)
          .map(({ gpus, gib, alone, expectedMs }, i) => ({
            ...need(`t${i}`, gib, { gpus, alone }),
            ...(expectedMs === undefined ? {} : { expectedMs }),
          }))
        expect(runDown({ loads, needs: waitingNeeds, ends, policy })).toBe(waitingNeeds.length)
      }),
      { numRuns: 300 },
    )
  })

  it('starts a large trial though small ones keep coming for ever', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), fc.boolean(), (ends, forecast) => {
        const loads = ['A', 'B', 'C'].map((uuid) => ({ uuid, memoryBytes: 24 * GIB, foreignBytes: 0 }))
        const endless = (i: number) => need(`s${i}`, 7, forecast ? { expectedMs: 1 } : {})
        let started = false
        let count = 0
        let state: PackingState | undefined
        const running: Running[] = []
        for (let step = 0; step < 300 && !started; step++) {
          const present = Array.from({ length: 8 }, (_, i) => endless(count + i))
          const needs = [need('large', undefined, { gpus: 2 }), ...present.filter(({ key }) => !isOn(running, key))]
          // The first calls do not see it, so that the machine is busy when it comes.
          const packing = pack(loadsOf(loads, running), step < 2 ? needs.slice(1) : needs, {
            ...(state === undefined ? {} : { before: state }),
          })
          state = packing.state
          started = packing.starts.some(({ key }) => key === 'large')
          for (const { key, gpus } of packing.starts) running.push({ key, gpus, ms: forecast ? 1 : undefined })
          // Every second time the oldest one, so that each does end.
          running.splice(step % 2 === 0 ? 0 : (ends[step % ends.length] as number) % Math.max(1, running.length), 1)
          count += 3
        }
        expect(started).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('gives the same answer to the same question, and changes nothing that it is handed', () => {
    fc.assert(
      fc.property(machine, ({ sizes, needs }) => {
        const loads = sizes.map((gib, i) => gpu(`G${i}`, { memoryBytes: gib * GIB }))
        const asked = needs.map(({ gpus, gib, alone }, i) => need(`t${i}`, gib, { gpus, alone }))
        const copy = structuredClone({ loads, asked })
        expect(pack(loads, asked)).toEqual(pack(copy.loads, copy.asked))
        expect({ loads, asked }).toEqual(copy)
      }),
      { numRuns: 100 },
    )
  })
})

type Running = Packing['starts'][number] & { readonly ms?: number | undefined }
const isOn = (running: readonly Running[], key: string) => running.some((it) => it.key === key)

function loadsOf(gpus: readonly Omit<GpuLoad, 'tenants'>[], running: readonly Running[]): GpuLoad[] {
  return gpus.map((load) => ({
    ...load,
    tenants: running.flatMap(({ key, gpus: own, ms }) =>
      own
        .filter(({ uuid }) => uuid === load.uuid)
        .map(({ share, reserveBytes }) => ({
          key,
          share,
          reservedBytes: reserveBytes,
          peakBytes: 0,
          ...(ms === undefined ? {} : { endsInMs: ms }),
        })),
    ),
  }))
}

/** How many were started until nothing waits or nothing moves. */
function runDown(mix: {
  loads: readonly Omit<GpuLoad, 'tenants'>[]
  needs: readonly Need[]
  ends: readonly number[]
  policy: PackingPolicy & { mostPerGpu: number }
}): number {
  const running: Running[] = []
  let left = [...mix.needs]
  let state: PackingState | undefined
  let started = 0
  for (let step = 0; step < 200; step++) {
    const { starts, ...rest } = pack(loadsOf(mix.loads, running), left, {
      ...mix.policy,
      ...(state === undefined ? {} : { before: state }),
    })
    state = rest.state
    started += starts.length
    left = left.filter(({ key }) => !starts.some((it) => it.key === key))
    running.push(...starts)
    for (const load of loadsOf(mix.loads, running)) check(load, mix.policy.mostPerGpu)
    if (running.length === 0) return started
    running.splice((mix.ends[step % mix.ends.length] as number) % running.length, 1)
  }
  return started
}

function check({ memoryBytes, tenants }: GpuLoad, mostPerGpu: number): void {
  const sum = (of: (tenant: Tenant) => number) => tenants.reduce((total, it) => total + of(it), 0)
  expect(sum(({ reservedBytes }) => reservedBytes ?? 0)).toBeLessThanOrEqual(capacityOf(memoryBytes) + tenants.length)
  expect(sum(({ share }) => share)).toBeLessThanOrEqual(1 + 1e-6)
  expect(tenants.length).toBeLessThanOrEqual(mostPerGpu)
}
