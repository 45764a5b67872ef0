import { spawn } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { attemptEnvironment } from '../../src/protocol/attempt-environment.ts'
import { attemptOfProcess, attemptProcesses } from '../../src/protocol/attempt-processes.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { until } from '../executors/fixture.ts'

const linux = process.platform === 'linux'
const running: { kill(): void }[] = []
afterEach(() => {
  for (const it of running.splice(0)) it.kill()
})

/** A shell with a child whose environment is empty, both of one attempt. */
function startAttempt(trialDir: string, attempt: number): number {
  const context = { sweepId: 'gamma.1', trial: 0, attempt, seed: 1, trialDir, resume: false }
  const env = { PATH: process.env.PATH ?? '', ...attemptEnvironment(context) }
  const child = spawn('sh', ['-c', 'env -i sleep 60; true'], { env, detached: true, stdio: 'ignore' })
  const pid = child.pid as number
  running.push({ kill: () => process.kill(-pid, 'SIGKILL') })
  return pid
}

describe.skipIf(!linux)(`processes of an attempt ${linux ? '' : '(skipped: /proc is needed)'}`, () => {
  it('are found by their environment and by what is below them, and told from those of its next attempt', async () => {
    const trialDir = temporaryFolder()
    const [first, second] = [startAttempt(trialDir, 1), startAttempt(trialDir, 2)]
    const [one, two] = await until(() => {
      const found = [attemptProcesses(trialDir, 1), attemptProcesses(trialDir, 2)] as [number[], number[]]
      return found.every((pids) => pids.length === 2) ? found : undefined
    })
    expect(one).toContain(first)
    expect(two).toContain(second)
    expect(attemptProcesses(`${trialDir}0`, 1)).toEqual([])
    for (const pid of one) await until(() => attemptOfProcess(pid)?.attempt === 1 || undefined)
  })

  it('are not those of others', () => {
    expect(attemptOfProcess(1)).toBeUndefined()
    expect(attemptOfProcess(2 ** 22 + 1)).toBeUndefined()
  })
})
