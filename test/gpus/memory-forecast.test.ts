import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forecastMemory, type MemoryRecord } from '../../src/gpus/memory-forecast.ts'

const GIB = 2 ** 30
const finished = (params: MemoryRecord['params'], gib: number): MemoryRecord => ({
  params,
  peakBytes: gib * GIB,
  ended: 'finished',
})
const outOfMemory = (params: MemoryRecord['params'], gib: number): MemoryRecord => ({
  params,
  peakBytes: (gib - 1) * GIB,
  ended: 'out-of-memory',
  limitBytes: gib * GIB,
})
/** Weights, their gradients and moments, the CUDA context; then what grows with the batch and the length of texts. */
const encoder = (batch: number, length: number) => 3.2 + (batch * length) / 950
const inGib = (records: readonly MemoryRecord[], params: MemoryRecord['params']) => {
  const forecast = forecastMemory(records, params)
  return forecast && { bytes: forecast.bytes / GIB, high: forecast.high / GIB }
}

describe('the forecast of memory', () => {
  it('knows a configuration that ran before by its largest peak', () => {
    const records = [finished({ lr: 1, batch: 8 }, 4), finished({ batch: 8, lr: 1 }, 5)]
    const forecast = inGib(records, { lr: 1, batch: 8 })
    expect(forecast?.bytes).toBe(5)
    expect(forecast?.high).toBeGreaterThan(5)
    expect(forecast?.high).toBeLessThan(5.6)
  })

  it('says nothing of others while fewer than three configurations have finished', () => {
    const records = [finished({ lr: 1 }, 5), finished({ lr: 2 }, 5)]
    expect(forecastMemory(records, { lr: 3 })).toBeUndefined()
    expect(inGib([...records, finished({ lr: 4 }, 5)], { lr: 3 })?.bytes).toBeCloseTo(5)
  })

  it('learns what grows with the batch and the length, and what does not matter', () => {
    const records = [4, 8, 16, 32].flatMap((batch, i) =>
      [64, 128].map((length, j) =>
        finished({ batch, length, lr: 1e-5 * (1 + ((3 * i + 5 * j) % 7)) }, encoder(batch, length)),
      ),
    )
    for (const [batch, length] of [
      [24, 96],
      [32, 256],
      [64, 128],
    ] as const) {
      const needed = encoder(batch, length)
      const forecast = inGib(records, { batch, length, lr: 3e-5 })
      expect(forecast?.bytes).toBeGreaterThan(0.95 * needed)
      expect(forecast?.high).toBeGreaterThan(needed)
      expect(forecast?.high).toBeLessThan(1.5 * needed)
    }
  })

  it('tells encoders of different size apart, and does not guess at one that it never saw', () => {
    const sizes = { small: 3, base: 6, large: 14 }
    const records = Object.entries(sizes).flatMap(([model, gib]) =>
      [1e-5, 2e-5, 3e-5].map((lr) => finished({ model, lr }, gib * (1 + lr * 300))),
    )
    const large = inGib(records, { model: 'large', lr: 1.5e-5 })
    expect(large?.bytes).toBeGreaterThan(13.5)
    expect(large?.high).toBeLessThan(17)
    expect(inGib(records, { model: 'small', lr: 1.5e-5 })?.high).toBeLessThan(4)
    expect(forecastMemory(records, { model: 'huge', lr: 1e-5 })).toBeUndefined()
  })

  it('does not guess far beyond what was seen, nor at a param that has always been the same', () => {
    const records = [8, 16, 32].map((batch) => finished({ batch, length: 128 }, encoder(batch, 128)))
    expect(forecastMemory(records, { batch: 64, length: 128 })).toBeDefined()
    expect(forecastMemory(records, { batch: 512, length: 128 })).toBeUndefined()
    expect(forecastMemory(records, { batch: 16, length: 256 })).toBeUndefined()
    expect(forecastMemory(records, { batch: 16, length: 128, width: 768 })).toBeUndefined()
  })

  it('is not misled by a param that is another text in every trial', () => {
    const records = Array.from({ length: 10 }, (_, i) => finished({ out: `runs/${i}` }, 5))
    expect(inGib(records, { out: 'runs/new' })?.bytes).toBeCloseTo(5)
  })

  it('expects a quarter more than what was not enough, for the same params', () => {
    expect(inGib([outOfMemory({ batch: 64 }, 16)], { batch: 64 })?.bytes).toBeCloseTo(20)
    const both = [finished({ batch: 64 }, 21), outOfMemory({ batch: 64 }, 16)]
    expect(inGib(both, { batch: 64 })?.bytes).toBe(21)
  })

  it('raises what it says of others when one ran out of memory where it had said less', () => {
    const records = [8, 16, 24, 32].map((batch) => finished({ batch }, encoder(batch, 128)))
    const before = inGib(records, { batch: 60 })
    const after = inGib([...records, outOfMemory({ batch: 64 }, 16)], { batch: 60 })
    expect(after?.high).toBeGreaterThan((before?.high ?? Number.NaN) * 1.1)
    // One that failed beside others that took its memory says nothing new.
    expect(inGib([...records, outOfMemory({ batch: 64 }, 5)], { batch: 60 })).toEqual(before)
  })

  it('narrows with more data', () => {
    const records = (n: number) => Array.from({ length: n }, (_, i) => finished({ lr: i + 1 }, 5 + 0.2 * ((i * 7) % 5)))
    const width = (n: number) => {
      const forecast = inGib(records(n), { lr: 2.5 })
      return (forecast?.high ?? Number.NaN) / (forecast?.bytes ?? Number.NaN)
    }
    expect(width(5)).toBeGreaterThan(width(10))
    expect(width(10)).toBeGreaterThan(width(40))
    expect(width(40)).toBeLessThan(1.15)
  })

  it('reserves enough for at least nine of ten new configurations of an encoder whose peaks scatter', () => {
    let held = 0
    let asked = 0
    for (let start = 0; start < 40; start++) {
      const configuration = (i: number) => {
        const at = (start * 31 + i * 17) % 48
        const params = { batch: [4, 8, 16, 32][at % 4] as number, length: [64, 128, 256][at % 3] as number, lr: at + 1 }
        return { params, gib: encoder(params.batch, params.length) * (1 + 0.03 * Math.sin(start + 12.9898 * i)) }
      }
      const records = Array.from({ length: 12 }, (_, i) => finished(configuration(i).params, configuration(i).gib))
      for (let i = 12; i < 20; i++) {
        const { params, gib } = configuration(i)
        const forecast = inGib(records, params)
        if (forecast === undefined) continue
        asked++
        if (forecast.high >= gib) held++
      }
    }
    expect(asked).toBeGreaterThan(200)
    expect(held / asked).toBeGreaterThan(0.9)
  })
})

const anyRecord = fc.record({
  params: fc.record({
    batch: fc.constantFrom(4, 8, 16, 32, 64),
    rate: fc.integer({ min: 1, max: 10_000 }).map((it) => it * 1e-6),
    model: fc.constantFrom('a', 'b', 'c'),
    deep: fc.boolean(),
  }),
  peakBytes: fc.integer({ min: 2 ** 24, max: 2 ** 37 }),
  ended: fc.constantFrom('finished' as const, 'finished' as const, 'finished' as const, 'out-of-memory' as const),
  limitBytes: fc.integer({ min: 2 ** 24, max: 2 ** 37 }),
})

describe('the forecast of memory, on any records', () => {
  it('is never below what was measured, or was not enough, for the same params', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 25 }), (records) => {
        for (const { params, ended, limitBytes, peakBytes } of records) {
          const { bytes, high } = forecastMemory(records, params) ?? { bytes: 0, high: 0 }
          expect(bytes).toBeGreaterThanOrEqual(peakBytes)
          if (ended === 'out-of-memory') expect(bytes).toBeGreaterThan(limitBytes)
          expect(high).toBeGreaterThanOrEqual(bytes)
          expect(Number.isSafeInteger(high)).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('is finite and above zero for any params, or says nothing', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 25 }), anyRecord, (records, { params }) => {
        const forecast = forecastMemory(records, params)
        if (forecast === undefined) return
        expect(forecast.bytes).toBeGreaterThan(0)
        expect(Number.isFinite(forecast.high)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('does not depend on the units of peaks or of a param', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 3, maxLength: 15 }), anyRecord, (records, { params }) => {
        const said = forecastMemory(records, params)
        const thousand = records.map((it) => ({
          ...it,
          peakBytes: it.peakBytes * 1000,
          limitBytes: it.limitBytes * 1000,
        }))
        const micro = records.map((it) => ({ ...it, params: { ...it.params, rate: it.params.rate * 2 ** 20 } }))
        const larger = forecastMemory(thousand, params)
        const rescaled = forecastMemory(micro, { ...params, rate: params.rate * 2 ** 20 })
        expect([larger === undefined, rescaled === undefined]).toEqual([said === undefined, said === undefined])
        if (said === undefined || larger === undefined || rescaled === undefined) return
        expect(Math.abs(larger.high / said.high / 1000 - 1)).toBeLessThan(1e-4)
        expect(Math.abs(rescaled.high / said.high - 1)).toBeLessThan(1e-4)
      }),
      { numRuns: 100 },
    )
  })
})
