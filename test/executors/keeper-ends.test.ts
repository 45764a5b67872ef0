import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { AdoptedAttempts } from '../../src/executors/local/adopted-attempts.ts'
import { KeptAttempts } from '../../src/executors/local/kept-attempts.ts'
import { pauseAfter } from '../../src/executors/local/process-looks.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { buildKeeper, requestFor, trainer } from './fixture.ts'

const WAITER = join(import.meta.dirname, '../fixtures/awaits-keeper.ts')

/** Node itself ends a process with 13 whose main program waits for something that nothing can bring any more. */
async function waiter(keeper: string, what: 'ready' | 'let-go') {
  const folder = temporaryFolder()
  const program = join(folder, 'keeper.cjs')
  writeFileSync(program, keeper)
  const argv = ['--import', 'jiti/register', WAITER, folder, program, what]
  const { exitCode, stdout } = await execa(process.execPath, argv, { reject: false, timeout: 20_000 })
  return { exitCode, stdout }
}

it('hears of the death of a keeper whose channel had closed before', async () => {
  const keeper = "require('node:fs').closeSync(3)\nsetTimeout(() => process.exit(1), 300)\n"
  expect(await waiter(keeper, 'ready')).toEqual({ exitCode: 0, stdout: 'heard of its death' })
})

it('exits though a keeper that it has let go keeps its channel', async () => {
  const keeper = "require('node:fs').writeSync(3, '{\"ready\":true}\\n')\nsetTimeout(() => process.exit(0), 60_000)\n"
  const since = performance.now()
  expect(await waiter(keeper, 'let-go')).toEqual({ exitCode: 0, stdout: 'let go' })
  expect(performance.now() - since).toBeLessThan(15_000)
})

it('starts no keeper any more once it is closed', async () => {
  const sweepDir = temporaryFolder()
  const changed = () => undefined
  const adopted = new AdoptedAttempts(sweepDir, changed)
  const program = await buildKeeper(temporaryFolder())
  const options = { sweepDir, program, onDeath: 'continue' as const, adopted, changed }
  const kept = new KeptAttempts({ ...options, ended: changed, killed: changed })
  await kept.prepare()
  expect(kept.keeper).toBeGreaterThan(0)
  await kept.close()
  await kept.prepare()
  expect(kept.keeper).toBeUndefined()
  await expect(kept.start(requestFor([trainer('ok.sh')], { sweepDir }))).rejects.toThrow(
    'after its executor was closed',
  )
})

it('waits at most two seconds for the next look at the processes, however slow the last one was', () => {
  expect(pauseAfter(10)).toBe(200)
  expect(pauseAfter(1500)).toBe(2000)
})
