import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { local } from '../../src/executors/local.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { buildKeeper, endOf, requestFor, trainer } from './fixture.ts'

it('counts what a dead keeper had not begun as lost when no other can be started, and goes on', async () => {
  const keeperProgram = await buildKeeper(temporaryFolder())
  const sweepDir = temporaryFolder()
  const executor = local.create({})({ sweepDir, keeperProgram })
  const first = await executor.start(requestFor([trainer('ok.sh')], { sweepDir, trial: 0 }))
  await endOf(executor, first)
  process.kill(first.keptBy as number, 'SIGSTOP')
  const second = await executor.start(requestFor([trainer('ok.sh')], { sweepDir, trial: 1 }))
  // No log can be opened where a folder is: what a disk that fails for a moment looks like to us.
  rmSync(join(sweepDir, 'keeper.log'))
  mkdirSync(join(sweepDir, 'keeper.log'))
  process.kill(first.keptBy as number, 'SIGKILL')
  expect(await endOf(executor, second)).toMatchObject({
    end: 'lost',
    reason: expect.stringContaining('keeper.log cannot be written (EISDIR)'),
  })
  rmSync(join(sweepDir, 'keeper.log'), { recursive: true })
  const third = await executor.start(requestFor([trainer('ok.sh')], { sweepDir, trial: 2 }))
  expect(await endOf(executor, third)).toMatchObject({ end: 'finished' })
  await executor.close()
})

it('waits for a record that the disk does not give when a keeper has died, and says then what became of its attempts', async () => {
  const keeperProgram = await buildKeeper(temporaryFolder())
  const sweepDir = temporaryFolder()
  const executor = local.create({})({ sweepDir, keeperProgram })
  const running = await executor.start(requestFor([trainer('waits.sh')], { sweepDir, trial: 0 }))
  const record = join(sweepDir, 'attempts.ndjson')
  await vi.waitFor(() => expect(readFileSync(record, 'utf8')).toContain('"started"'), 5000)
  renameSync(record, `${record}.kept`)
  mkdirSync(record)
  process.kill(running.keptBy as number, 'SIGKILL')
  await new Promise((resolve) => setTimeout(resolve, 1200))
  const [unknown] = await executor.poll([running])
  expect(unknown?.state).toBe('running')
  rmSync(record, { recursive: true })
  renameSync(`${record}.kept`, record)
  executor.stop(running, 'stop')
  expect(await endOf(executor, running)).toMatchObject({ end: 'stopped' })
  await executor.close()
})
