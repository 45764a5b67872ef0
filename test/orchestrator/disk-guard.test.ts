import { describe, expect, it } from 'vitest'
import { diskSpace, keepFree } from '../../src/orchestrator/disk-space.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { gridSpec, runLoop } from './a-loop.ts'

const GIB = 2 ** 30
const noteTexts = (events: readonly { readonly type: string; readonly text?: string }[]) =>
  events.flatMap(({ type, text = '' }) => (type === 'note' && text.includes('disk') ? [text] : []))

describe('the disk guard', () => {
  it('starts no new trial while the disk is low, says so once, and goes on by itself when there is room', async () => {
    let looks = 0
    const started: number[] = []
    const clock = jumpingClock()
    const { snapshot, events } = await runLoop({
      spec: gridSpec(6),
      parallel: 1,
      objective: ({ params }) => {
        started.push(looks)
        return Number(params.x)
      },
      parts: {
        clock,
        // Enough, then too little for three looks, then enough again.
        spaceOf: () => {
          looks++
          return { freeBytes: looks > 1 && looks < 5 ? GIB / 2 : 50 * GIB, totalBytes: 100 * GIB }
        },
      },
    })
    expect(snapshot.state).toBe('finished')
    expect(snapshot.trials.map(({ state }) => state)).toEqual(Array(6).fill('completed'))
    expect(started.filter((look) => look > 1 && look < 5)).toEqual([])
    expect(noteTexts(events)).toEqual([
      expect.stringMatching(/512 MiB left; below 1\.0 GiB \(disk\.keep_free\).*sweep gc$/),
      expect.stringMatching(/room again \(50 GiB\)/),
    ])
  })

  it('waits with a nearly full disk for ever, and still stops when it is asked to', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 60)
    const { snapshot, interrupted } = await runLoop({
      spec: gridSpec(3),
      objective: () => 1,
      parts: { spaceOf: () => ({ freeBytes: 0, totalBytes: GIB }), signal: stop.signal },
    })
    expect(interrupted).toBe(true)
    expect(snapshot.trials.every(({ attempts }) => attempts.length === 0)).toBe(true)
  })

  it('keeps what the sweep file says, and otherwise 1 GiB or a twentieth of a small disk; 0 turns it off', async () => {
    expect(keepFree({ freeBytes: 0, totalBytes: 1000 * GIB }, undefined)).toBe(GIB)
    expect(keepFree({ freeBytes: 0, totalBytes: 64 * 2 ** 20 }, undefined)).toBe(Math.floor(3.2 * 2 ** 20))
    expect(keepFree({ freeBytes: 0, totalBytes: GIB }, { keepFreeBytes: 5 * GIB })).toBe(5 * GIB)
    const { snapshot } = await runLoop({
      spec: gridSpec(2, { disk: { keepFreeBytes: 0 } }),
      objective: () => 1,
      parts: { spaceOf: () => ({ freeBytes: 0, totalBytes: GIB, freeFiles: 0 }) },
    })
    expect(snapshot.state).toBe('finished')
  })

  it('also counts files, and says nothing of a folder that cannot be asked', () => {
    expect(diskSpace(temporaryFolder())?.totalBytes).toBeGreaterThan(0)
    expect(diskSpace('/no/such/folder')).toBeUndefined()
  })
})

/** A look at the disk every few turns of the loop instead of every few seconds. */
function jumpingClock() {
  let now = 0
  return {
    now: () => Date.now(),
    monotonic: () => {
      now += 500
      return now
    },
    sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 1)),
  }
}
