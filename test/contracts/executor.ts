import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { SweepError } from '../../src/base/errors.ts'
import type { Registry } from '../../src/base/registry.ts'
import type { AttemptRequest, Executor, ExecutorContext, Objective } from '../../src/executors/executor.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { buildKeeper, endOf, type RequestOptions, requestFor, trainer, witness } from '../executors/fixture.ts'

type Behaviour = 'ok' | 'crashes' | 'ignores-sigterm' | 'waits'

/** How an executor is made to show each behaviour, and what does not apply to it. */
export interface ExecutorCase {
  readonly argv: (behaviour: Behaviour) => readonly string[]
  /** A request that cannot be started. */
  readonly refused: (request: AttemptRequest) => AttemptRequest
  readonly skip: Readonly<Partial<Record<'survives' | 'refused', string>>>
}

const objective: Objective = async ({ params, report, signal, trialDir }) => {
  if (params.behaviour === 'crashes') throw new Error('no such column: label')
  if (params.behaviour === 'ok') report(1, { loss: 0.5 })
  writeFileSync(join(trialDir, 'witness'), 'ready\n')
  if (params.behaviour === 'ignores-sigterm') await new Promise(() => undefined)
  if (params.behaviour === 'waits') await new Promise((resolve) => signal.addEventListener('abort', resolve))
  return { loss: 0.5 }
}

/** An executor that starts programs and promises everything; others have a case of their own. */
const PROCESSES: ExecutorCase = {
  argv: (behaviour) => [trainer(`${behaviour}.sh`)],
  refused: (request) => ({ ...request, argv: ['no-such-program'] }),
  skip: {},
}

/** What every executor promises; see executor.ts. Cases tell only how to make it happen. */
export function executorContract(
  executors: Registry<(context: ExecutorContext) => Executor>,
  cases: Readonly<Record<string, ExecutorCase>>,
): void {
  let keeperProgram: string
  beforeAll(async () => {
    keeperProgram = await buildKeeper(temporaryFolder())
  })

  describe.each(Object.keys(executors))('the executor "%s"', (name) => {
    const it_ = cases[name] ?? PROCESSES
    const open = (sweepDir: string): Executor =>
      (executors[name] as (typeof executors)[string]).create({})({
        sweepDir,
        objective,
        metric: 'loss',
        keeperProgram,
      })
    const request = (behaviour: Behaviour, options: RequestOptions) =>
      requestFor(it_.argv(behaviour), { ...options, params: { behaviour } })

    it('tells that an attempt finished, and leaves its report in the events file', async () => {
      const sweepDir = temporaryFolder()
      const executor = open(sweepDir)
      const ok = request('ok', { sweepDir })
      const end = await endOf(executor, await executor.start(ok))
      expect(end).toMatchObject({ end: 'finished' })
      expect(readFileSync(join(ok.trialDir, 'events.ndjson'), 'utf8')).toMatch(/"loss": ?0.5/)
      await executor.close()
    })

    it('tells that an attempt crashed, in words, and keeps what it said', async () => {
      const sweepDir = temporaryFolder()
      const executor = open(sweepDir)
      const crashing = request('crashes', { sweepDir })
      const end = await endOf(executor, await executor.start(crashing))
      expect(end).toMatchObject({ end: 'crashed', reason: expect.any(String) })
      expect(readFileSync(crashing.stderr, 'utf8')).toContain('no such column')
      await executor.close()
    })

    it('ends an attempt that does not listen, and answers "stopped" however often it is asked to stop', async () => {
      const sweepDir = temporaryFolder()
      const executor = open(sweepDir)
      const stubborn = request('ignores-sigterm', { sweepDir, graceMs: 100 })
      const handle = await executor.start(stubborn)
      await witness(stubborn)
      executor.stop(handle, 'stop')
      executor.stop(handle, 'time-limit')
      const end = await endOf(executor, handle)
      expect(end.end).toBe('stopped')
      executor.stop(handle, 'stop')
      expect(await endOf(executor, handle)).toEqual(end)
      await executor.close()
    })

    it('calls an attempt that reached its time limit timed out', async () => {
      const sweepDir = temporaryFolder()
      const executor = open(sweepDir)
      const waiting = request('waits', { sweepDir })
      const handle = await executor.start(waiting)
      await witness(waiting)
      executor.stop(handle, 'time-limit')
      expect((await endOf(executor, handle)).end).toBe('timed-out')
      await executor.close()
    })

    it('answers a poll in the order of its handles, and calls onChange when something ended', async () => {
      const sweepDir = temporaryFolder()
      const executor = open(sweepDir)
      let changes = 0
      executor.onChange = () => changes++
      const waiting = await executor.start(request('waits', { sweepDir, trial: 0 }))
      const quick = await executor.start(request('ok', { sweepDir, trial: 1 }))
      await endOf(executor, quick)
      expect((await executor.poll([quick, waiting])).map((s) => s.state)).toEqual(['ended', 'running'])
      expect((await executor.poll([waiting, quick])).map((s) => s.state)).toEqual(['running', 'ended'])
      expect(changes).toBe(1)
      executor.stop(waiting, 'stop')
      await endOf(executor, waiting)
      expect(changes).toBe(2)
      await executor.close()
    })

    it('answers undefined for an attempt that was never started', async () => {
      const executor = open(temporaryFolder())
      expect(await executor.reattach([{ trial: 0, attempt: 1 }])).toEqual([undefined])
      await executor.close()
    })

    it('finds an attempt that ended in an earlier start, or calls it lost', async () => {
      const sweepDir = temporaryFolder()
      const first = open(sweepDir)
      const handle = await first.start(request('ok', { sweepDir }))
      await endOf(first, handle)
      await first.close()
      const second = open(sweepDir)
      const [found] = await second.reattach([{ trial: 0, attempt: 1, saved: handle.saved }])
      if (found === undefined) throw new Error('It was started, so it must be found.')
      expect((await endOf(second, found)).end).toBe(it_.skip.survives === undefined ? 'finished' : 'lost')
      await second.close()
    })

    it.skipIf(it_.skip.survives)(`adopts an attempt that still runs ${it_.skip.survives ?? ''}`, async () => {
      const sweepDir = temporaryFolder()
      const first = open(sweepDir)
      const waiting = request('waits', { sweepDir })
      const handle = await first.start(waiting)
      await witness(waiting)
      await first.close()
      const second = open(sweepDir)
      const [found] = await second.reattach([{ trial: 0, attempt: 1 }])
      if (found === undefined) throw new Error('It runs, so it must be found.')
      expect(await second.poll([found])).toEqual([{ state: 'running' }])
      expect(found.saved).toEqual(handle.saved)
      writeFileSync(join(waiting.trialDir, 'go'), '')
      expect((await endOf(second, found)).end).toBe('finished')
      expect(await witness(waiting)).toHaveLength(1)
      await second.close()
    })

    it.skipIf(it_.skip.refused)(`refuses what cannot be started ${it_.skip.refused ?? ''}`, async () => {
      const sweepDir = temporaryFolder()
      const executor = open(sweepDir)
      const starting = executor.start(it_.refused(request('ok', { sweepDir })))
      await expect(starting).rejects.toBeInstanceOf(SweepError)
      await executor.close()
    })
  })
}

/** The executors of this package that do not start programs. */
export const executorCases: Readonly<Record<string, ExecutorCase>> = {
  inline: {
    argv: () => [],
    refused: (request) => request,
    skip: {
      survives: '(skipped: a function dies with its process)',
      refused: '(skipped: it has a function, so it can always be called)',
    },
  },
}
