import { describe, expect, it } from 'vitest'
import { launcherFor } from '../../src/app/launch.ts'
import type { Slot } from '../../src/gpus/slot.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'

const spec = { trainer: { kind: 'builtin' } } as unknown as SweepSpec
const context = { sweepId: 'test.1', trial: 0, attempt: 1, seed: 1, trialDir: '/trial', resume: false }

describe('an attempt of the built-in trainer', () => {
  it('has one busy thread on a slot with one core, and helpers where there are more', () => {
    const argvOn = (cpus: number) => {
      const slot: Slot = { id: 'cpu0', gpus: [], cpus }
      return launcherFor(spec, { folder: '/somewhere' })(context, {}, slot).argv
    }
    expect(argvOn(1).slice(0, 2)).toEqual([process.execPath, '--single-threaded'])
    expect(argvOn(2)).not.toContain('--single-threaded')
  })
})
