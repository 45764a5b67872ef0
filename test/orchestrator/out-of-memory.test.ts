import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plainSlots } from '../../src/app/plain-slots.ts'
import { systemClock } from '../../src/base/clock.ts'
import { gpuPool } from '../../src/gpus/gpu-pool.ts'
import { sharedSlots } from '../../src/gpus/slots.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { placementWish } from '../../src/orchestrator/placement-wish.ts'
import { smallerParams } from '../../src/orchestrator/smaller-params.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { Sampler } from '../../src/samplers/sampler.ts'
import { rankConfigurations } from '../../src/trial/ranking.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { gridSpec, runLoop } from './a-loop.ts'
import { aGpu, gpuSlots, halfSlots, runChildren, witnessOf } from './child-loop.ts'

const ends = ({ attempts }: Trial) => attempts.map(({ end }) => end)
const soon = { backoffMs: 1 }

/** A sweep over batch sizes whose trainer is a child process. */
function batchSpec(values: readonly number[], parts: Partial<SweepSpec> = {}): SweepSpec {
  const spec = gridSpec(1, {
    trainer: { kind: 'command', argv: ['true'], cwd: '/', env: {} },
    graceMs: 500,
    retry: soon,
    ...parts,
  })
  const domain = { distribution: 'categorical', values } as const
  return { ...spec, space: { ...spec.space, parameters: { batch_size: domain } } }
}

describe('a trial that runs out of GPU memory', () => {
  it('is run with half the batch and double the accumulation, as the sweep file says', async () => {
    const { snapshot, dir } = await runChildren({
      spec: batchSpec([32, 4], {
        fixed: { accumulation_steps: 1 },
        outOfMemory: { halve: ['batch_size'], double: ['accumulation_steps'] },
      }),
      program: 'needs-gpu-memory.sh',
      slots: gpuSlots(16),
    })
    const [large, small] = snapshot.trials as [Trial, Trial]
    expect(witnessOf(dir, 0).map((line) => line.split(' ')[1])).toEqual(['32', '16', '8'])
    expect(ends(large)).toEqual(['out-of-memory', 'out-of-memory', 'finished'])
    expect(large.attempts[1]?.params).toEqual({ batch_size: 16, accumulation_steps: 2 })
    expect(large.attempts[2]?.params).toEqual({ batch_size: 8, accumulation_steps: 4 })
    expect(large.attempts[0]?.shortage).toEqual({ memory: 'gpu', alone: true, gpuBytes: 16 * 2 ** 30 })
    const given = JSON.parse(readFileSync(join(dir, 'trials/0000/params.json'), 'utf8'))
    expect(given).toEqual({ batch_size: 8, accumulation_steps: 4 })
    // It stays the configuration that it is: that of batch 32.
    expect(snapshot.configurations[0]?.params).toEqual({ batch_size: 32 })
    expect(large).toMatchObject({ state: 'completed', value: 0.8 })
    expect(small).toMatchObject({ state: 'completed', attempts: [{ end: 'finished' }] })
  })

  it('is run alone when others were beside it, then fails with what would help, and is never ranked', async () => {
    const { snapshot } = await runChildren({
      spec: batchSpec([32, 4]),
      program: 'needs-gpu-memory.sh',
      slots: halfSlots(16),
    })
    const [large] = snapshot.trials as [Trial]
    expect(ends(large)).toEqual(['out-of-memory', 'out-of-memory'])
    expect(large.attempts.map(({ wants }) => wants)).toEqual([undefined, 'alone'])
    expect(large).toMatchObject({ state: 'failed' })
    expect(large.value).toBeUndefined()
    expect(large.reason).toContain('The trainer ran out of GPU memory (of 16 GiB, no other trial on it)')
    expect(large.reason).toContain('It said: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 32.00 GiB.')
    expect(large.reason).toContain('Try: out_of_memory: { halve: [batch_size], double: [accumulation_steps] }')
    expect(large.reason).toContain('It was alone there, and no GPU of this sweep has more memory.')
    expect(rankConfigurations(snapshot).rows.map(({ configuration }) => configuration.params)).toEqual([
      { batch_size: 4 },
    ])
  })

  it('wishes for a larger GPU when there is one', async () => {
    const { snapshot } = await runChildren({
      spec: batchSpec([32]),
      program: 'needs-gpu-memory.sh',
      slots: gpuSlots(16, 80),
      env: (slot) => ({ MEMORY_GIB: slot.id === 'gpu1' ? '80' : '16' }),
    })
    const [trial] = snapshot.trials as [Trial]
    expect(trial.attempts[0]?.retry).toMatchObject({ wants: 'larger' })
    expect(placementWish({ attempts: trial.attempts.slice(0, 1) })).toEqual({
      alone: true,
      largerThanBytes: 16 * 2 ** 30,
    })
  })

  it('is run again alone, and then alone on the larger GPU, where trials share GPUs by their memory', async () => {
    const gpus = [aGpu(0, 16), aGpu(1, 80)]
    const slots = sharedSlots({ gpus, cores: 8 }, { cpus: 1, most: 4 })
    const leaseDir = join(temporaryFolder(), 'leases')
    const policy = { polite: false, prefer: ['GPU-0'] }
    const pool = gpuPool({ gpus, slots, cpus: 1, holder: 'gamma.1', leaseDir, policy })
    const needs = { of: () => ({ gpus: 1, memoryBytes: 4 * 2 ** 30 }), learn: () => undefined }
    const { snapshot } = await runChildren({
      // Others beside it could take the GPU that its retry would have got.
      spec: batchSpec([40]),
      program: 'needs-gpu-memory.sh',
      slots: pool,
      env: (slot) => ({ MEMORY_GIB: slot.gpus[0]?.gpu.index === 1 ? '80' : '16' }),
      parts: { gpuNeeds: needs },
    })
    pool.close()
    expect(snapshot.trials.map(({ state }) => state)).toEqual(['completed'])
    const [large] = snapshot.trials as [Trial]
    expect(large.attempts.map(({ end, slot, wants }) => [end, slot, wants])).toEqual([
      ['out-of-memory', 'gpu0.0', undefined],
      ['out-of-memory', 'gpu0', 'alone'],
      ['finished', 'gpu1', 'larger'],
    ])
  })

  it('keeps its place and its batch when the attempt after was only stopped or preempted', () => {
    const before = { number: 1, startedAt: 0, slot: 'gpu0', end: 'out-of-memory' } as const
    const shortage = { memory: 'gpu', alone: true, gpuBytes: 100 } as const
    const retry = { nth: 1, afterMs: 0, wants: 'larger', params: { batch_size: 8 } } as const
    const stopped = { number: 2, startedAt: 1, slot: 'gpu1', end: 'stopped', wants: 'larger' } as const
    expect(placementWish({ attempts: [{ ...before, shortage, retry }, stopped] })).toEqual({
      alone: true,
      largerThanBytes: 100,
    })
    expect(placementWish({ attempts: [] })).toEqual({ alone: false })
  })

  // Complaint 16: one configuration that did not fit ended the whole tuner.
  it('does not stop the sweep, however many configurations in a row do not fit', async () => {
    const { snapshot } = await runChildren({
      spec: batchSpec([2, 20, 21, 22, 23, 24, 25, 26, 3], { maxFailuresInARow: 3, parallel: 1 }),
      program: 'needs-gpu-memory.sh',
      slots: gpuSlots(16),
    })
    expect(snapshot.state).toBe('finished')
    const states = snapshot.trials.map(({ state }) => state)
    expect(states).toEqual(['completed', ...Array.from({ length: 7 }, () => 'failed'), 'completed'])
  }, 20_000)

  it('is nothing that a sampler takes for a bad value', async () => {
    const seen: unknown[] = []
    const grid = samplers.grid.create({})
    const sampler: Sampler = {
      ...grid,
      suggest: (question) => {
        seen.push(...question.history.trials.map(({ state, value }) => [state, value]))
        return grid.suggest(question)
      },
    }
    await runChildren({
      spec: batchSpec([32, 2, 3, 4, 5, 6, 7, 8], { parallel: 1, retry: { outOfMemory: 0 } }),
      program: 'needs-gpu-memory.sh',
      slots: gpuSlots(16),
      parts: { sampler },
    })
    expect(seen).toContainEqual(['failed', undefined])
    expect(
      seen.filter((it) => (it as [string, unknown])[0] === 'failed' && (it as [string, unknown])[1] !== undefined),
    ).toEqual([])
  })

  it('is recognised in what this attempt wrote, not in what an earlier one left in the same log', async () => {
    const { snapshot } = await runChildren({
      spec: batchSpec([32, 1], {
        retry: { ...soon, crashed: 1 },
        fixed: { accumulation_steps: 1 },
        outOfMemory: { halve: ['batch_size'], double: ['accumulation_steps'] },
      }),
      program: 'out-of-memory-then-crashes.sh',
      slots: gpuSlots(16),
    })
    const [trial] = snapshot.trials as [Trial]
    expect(ends(trial)).toEqual(['out-of-memory', 'crashed', 'crashed'])
    expect(trial.attempts[2]?.params).toEqual({ batch_size: 16, accumulation_steps: 2 })
    expect(trial.reason).toContain("KeyError: 'lable'")
    expect(trial.reason).not.toContain('OutOfMemoryError')
  })

  it('is not recognised again in the log of a failure that a person has given another attempt', async () => {
    const retry = { ...soon, outOfMemory: 0 }
    const run = { spec: batchSpec([32, 1], { retry }), program: 'out-of-memory-then-crashes.sh', slots: gpuSlots(16) }
    const { dir } = await runChildren(run)
    const journal = openJournal({ dir, clock: systemClock })
    journal.append({ type: 'trial-state', trial: 0, state: 'waiting' })
    await journal.close()
    const { snapshot } = await runChildren({ ...run, dir })
    expect(ends(snapshot.trials[0] as Trial)).toEqual(['out-of-memory', 'crashed'])
  })
})

describe('a trial for which the memory of the machine is too small', () => {
  it('is run again when no other trial is left', async () => {
    let running = 0
    let beside = -1
    const { snapshot } = await runLoop({
      spec: gridSpec(8, { retry: soon }),
      parallel: 2,
      objective: async ({ params, trialDir }) => {
        const again =
          params.x === 1 && readFileSync(join(trialDir, '../../journal.ndjson'), 'utf8').includes('"attempt":2')
        if (params.x === 1 && !again) {
          appendFileSync(join(trialDir, 'stderr.log'), 'MemoryError\n')
          throw new Error('its process died')
        }
        if (again) beside = running
        running++
        await new Promise((resolve) => setTimeout(resolve, 15))
        running--
        return 1
      },
    })
    expect(beside).toBe(0)
    expect(snapshot.trials.every(({ state }) => state === 'completed')).toBe(true)
    expect(ends(snapshot.trials[1] as Trial)).toEqual(['out-of-memory', 'finished'])
    const lastEnd = Math.max(...snapshot.trials.map(({ attempts }) => attempts.at(-1)?.endedAt ?? 0))
    expect(snapshot.trials[1]?.attempts.at(-1)?.endedAt).toBe(lastEnd)
  })

  it('is told by the message where that speaks of a GPU and the attempt had none', async () => {
    const { snapshot } = await runLoop({
      spec: gridSpec(1, { retry: { ...soon, outOfMemory: 0 } }),
      parallel: 1,
      objective: ({ trialDir }) => {
        const line = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 15.77 GiB\n'
        appendFileSync(join(trialDir, 'stderr.log'), line)
        throw new Error('it ended')
      },
      parts: { slots: plainSlots(1) },
    })
    const { reason } = snapshot.trials[0] as Trial
    expect(reason).toContain('ran out of GPU memory by its own message, though it was given no GPU')
    expect(reason).toContain('It said: torch.OutOfMemoryError: CUDA out of memory.')
  })

  it('fails at once where the limit is the program’s own, because every place would end the same', async () => {
    const { snapshot } = await runLoop({
      spec: gridSpec(1, { retry: soon }),
      parallel: 1,
      objective: ({ trialDir }) => {
        appendFileSync(
          join(trialDir, 'stderr.log'),
          'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n',
        )
        throw new Error('aborted')
      },
      parts: { slots: plainSlots(1) },
    })
    expect(ends(snapshot.trials[0] as Trial)).toEqual(['out-of-memory'])
    expect(snapshot.trials[0]?.reason).toContain('NODE_OPTIONS=--max-old-space-size')
  })
})

describe('half the batch', () => {
  const rule = { halve: ['batch'], double: ['steps'] }

  it('keeps the effective batch, or changes nothing', () => {
    expect(smallerParams(rule, { batch: 16, steps: 3 })).toEqual({ batch: 8, steps: 6 })
    expect(smallerParams(rule, { batch: 15, steps: 1 })).toBeUndefined()
    expect(smallerParams(rule, { batch: 1, steps: 1 })).toBeUndefined()
    expect(smallerParams(rule, { batch: '16', steps: 1 })).toBeUndefined()
    expect(smallerParams(rule, { batch: 16 })).toBeUndefined()
    expect(smallerParams(undefined, { batch: 16 })).toBeUndefined()
  })

  it('is rounded down where nothing is doubled, and never below 1', () => {
    expect(smallerParams({ halve: ['batch'], double: [] }, { batch: 15 })).toEqual({ batch: 7 })
    expect(smallerParams({ halve: ['batch'], double: [] }, { batch: 1 })).toBeUndefined()
    expect(smallerParams({ halve: ['rate'], double: [] }, { rate: 2.5 })).toEqual({ rate: 1.25 })
    expect(smallerParams({ halve: ['rate'], double: [] }, { rate: 1.5 })).toBeUndefined()
  })
})
