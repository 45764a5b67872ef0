import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../../src/base/clock.ts'
import { entry } from '../../src/base/registry.ts'

describe('systemClock', () => {
  it('sleeps as long as asked, and not at all once aborted', async () => {
    const before = systemClock.monotonic()
    await systemClock.sleep(20)
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(18)
    const stop = new AbortController()
    const slept = systemClock.sleep(60_000, stop.signal)
    stop.abort()
    await slept
    await systemClock.sleep(60_000, stop.signal)
  })
})

describe('entry', () => {
  const doubled = entry({
    summary: 'Doubles.',
    options: z.object({ by: z.number().default(2) }),
    create: ({ by }) => ({ of: (n: number) => n * by }),
  })

  it('fills in defaults and checks options before it creates', () => {
    expect(doubled.create({}).of(3)).toBe(6)
    expect(doubled.create({ by: 5 }).of(3)).toBe(15)
    expect(() => doubled.create({ by: 'x' })).toThrow(z.ZodError)
  })

  it('refuses options that it does not know', () => {
    expect(() => doubled.create({ bye: 2 })).toThrow('bye')
  })
})
