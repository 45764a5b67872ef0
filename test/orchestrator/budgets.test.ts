import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import type { Slot, SlotPool } from '../../src/gpus/slot.ts'
import { gridSpec, type LoopRun, runLoop } from './a-loop.ts'

/** Trials of 30 ms each that end early when they are asked to. */
const objective: LoopRun['objective'] = async ({ signal, report }) => {
  report(1, { f1: 0.5 })
  for (let i = 0; i < 10 && !signal.aborted; i++) await new Promise((resolve) => setTimeout(resolve, 3))
  return 1
}

const completed = ({ snapshot }: Awaited<ReturnType<typeof runLoop>>) =>
  snapshot.trials.filter(({ state }) => state === 'completed').length

describe('a budget', () => {
  it('of time ends the sweep with what it has, counts over resumes, and can be made larger', async () => {
    const spec = gridSpec(60, { budget: { wallMs: 300 } })
    const first = await runLoop({ spec, objective })
    expect(first.interrupted).toBe(false)
    expect(first.snapshot).toMatchObject({
      state: 'stopped',
      stoppedBy: 'budget',
      stateReason: 'Its budget of 0.3 s is used up.',
    })
    expect(completed(first)).toBeGreaterThan(2)
    expect(completed(first)).toBeLessThan(50)
    expect(first.snapshot.control?.ranMs).toBeGreaterThanOrEqual(240)

    const second = await runLoop({ spec, objective, dir: first.dir })
    expect(second.snapshot.state).toBe('stopped')
    expect(completed(second)).toBeLessThanOrEqual(completed(first) + 2)

    const more = { ...spec, budget: { wallMs: 60_000 } }
    const last = await runLoop({ spec, objective, dir: first.dir, change: { budget: more.budget } })
    expect(last.snapshot.state).toBe('finished')
    expect(completed(last)).toBe(60)
  })

  it('of trials is the run cap, and a larger one lets a finished sweep go on', async () => {
    const spec = gridSpec(9, { runCap: 4 })
    const first = await runLoop({ spec, objective })
    expect(first.snapshot.state).toBe('finished')
    expect(completed(first)).toBe(4)
    const more = await runLoop({ spec, objective, dir: first.dir, change: { budget: { trials: 6 } } })
    expect(more.snapshot.state).toBe('finished')
    expect(completed(more)).toBe(6)
  })

  it('of GPU-hours counts attempts times GPUs times their time', async () => {
    const gpu = { vendor: 'nvidia', uuid: 'GPU-1', index: 0, model: 'x', memoryBytes: 0, memoryUsedBytes: 0 } as const
    const slot: Slot = { id: 'gpu0', gpus: [{ gpu, share: 0.5 }], cpus: 1 }
    const slots: SlotPool = { ...oneSlot(slot) }
    // 0.15 s on half a GPU = 0.3 s of wall time.
    const spec = gridSpec(60, { budget: { gpuHours: 0.15 / 3600 } })
    const end = await runLoop({ spec, objective, parts: { slots } })
    expect(end.snapshot).toMatchObject({ state: 'stopped', stoppedBy: 'budget' })
    const used = end.snapshot.trials
      .flatMap(({ attempts }) => attempts)
      .reduce((sum, { gpus = 0, tookMs = 0 }) => sum + gpus * tookMs, 0)
    expect(used).toBeGreaterThan(80)
    expect(used).toBeLessThan(400)
  })

  it('is not used up by a clock that jumps: only --until looks at the wall', async () => {
    let jump = 0
    const clock: Clock = { ...systemClock, now: () => Date.now() + jump }
    const spec = gridSpec(6, { budget: { wallMs: 60_000 } })
    const jumping: LoopRun['objective'] = async (context) => {
      jump += 24 * 3_600_000
      return objective(context)
    }
    const end = await runLoop({ spec, objective: jumping, parts: { clock } })
    expect(end.snapshot.state).toBe('finished')
    expect(completed(end)).toBe(6)
  })
})

describe('an end by the clock', () => {
  it('asks what runs to end, and the next resume goes on from there', async () => {
    const spec = gridSpec(40)
    const until = Date.now() + 300
    const first = await runLoop({ spec, objective, change: { until } })
    expect(first.snapshot).toMatchObject({ state: 'stopped', stoppedBy: 'budget' })
    expect(first.snapshot.stateReason).toMatch(/^It was to run until \d\d:\d\d\.$/)
    expect(first.interrupted).toBe(false)
    expect(completed(first)).toBeLessThan(40)

    const last = await runLoop({ spec, objective, dir: first.dir })
    expect(last.snapshot).toMatchObject({ state: 'finished' })
    expect(last.snapshot.control?.until).toBeUndefined()
    expect(completed(last)).toBe(40)
    expect(last.snapshot.trials.map(({ value }) => value)).toEqual(Array(40).fill(1))
  })

  it('starts nothing new when less than the grace period is left, and is over once nothing runs', async () => {
    const spec = gridSpec(40, { graceMs: 100_000 })
    const slow: LoopRun['objective'] = async () => {
      await new Promise((resolve) => setTimeout(resolve, 250))
      return 1
    }
    const since = performance.now()
    const end = await runLoop({ spec, objective: slow, parallel: 1, change: { until: Date.now() + 1000 } })
    expect(end.snapshot.trials.every(({ state }) => state === 'completed' || state === 'waiting')).toBe(true)
    expect(completed(end)).toBeGreaterThan(0)
    expect(performance.now() - since).toBeLessThan(1600)
  })
})

function oneSlot(slot: Slot): SlotPool {
  let free = true
  return {
    slots: [slot],
    acquire: () => {
      if (!free) return undefined
      free = false
      return slot
    },
    share: () => undefined,
    release: () => {
      free = true
    },
    close: () => undefined,
  }
}
