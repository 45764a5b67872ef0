// What a sweep costs that waits for long trials: CPU time of its orchestrator and keepers, per hour and as a share of one
// core. Two trials that sleep; measured after the first minute of a trial's life, in which it is looked at more often.
//   npm run bench -- idle [seconds, 60] [seconds to wait before, 65]
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuTimeOf, processesOf } from './parts/processes-of.mjs'

const BIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/run.js')
const seconds = Number(process.argv[2] ?? 60)
const settle = Number(process.argv[3] ?? 65)
const folder = mkdtempSync(join(tmpdir(), 'sweep-idle-'))
const sleep = (s) => new Promise((resolve) => setTimeout(resolve, 1000 * s))

try {
  mkdirSync(join(folder, 'sweeps'))
  writeFileSync(
    join(folder, 'sweeps/idle.yaml'),
    JSON.stringify({
      method: 'grid',
      metric: { name: 'loss', goal: 'minimize' },
      parameters: { x: { values: [1, 2, 3, 4] } },
      parallel: 2,
      resources: { gpus: 0, cpus: 1 },
      command: ['/bin/sleep', '100000'],
    }),
  )
  const env = { ...process.env, SWEEP_FOLDER: folder, SWEEP_LEASE_DIR: join(folder, 'leases') }
  const child = spawn(process.execPath, [BIN, 'start', 'idle'], { env, stdio: 'ignore' })
  while (!existsSync(join(folder, 'runs/idle.1/trials/0001/stdout.log'))) {
    if (child.exitCode !== null) throw new Error(`sweep start ended with code ${child.exitCode}`)
    await sleep(0.1)
  }
  await sleep(settle)
  const ours = processesOf(folder).filter(({ command }) => /run\.js|keeper\.cjs/.test(command))
  const before = ours.map(({ pid }) => cpuTimeOf(pid))
  await sleep(seconds)
  const used = ours.map(({ pid }, i) => cpuTimeOf(pid) - before[i])
  const all = used.reduce((sum, ms) => sum + ms, 0)
  ours.forEach(({ command }, i) => {
    const who = command.includes('keeper') ? 'keeper' : 'orchestrator'
    console.log(`${who.padEnd(14)} ${used[i]} ms of CPU time in ${seconds} s`)
  })
  const share = all / seconds / 10
  console.log(
    `in all         ${share.toFixed(2)} % of one core; ${((share / 100) * 24 * 60).toFixed(1)} minutes of CPU time in 24 hours`,
  )
} finally {
  for (const { pid } of processesOf(folder)) process.kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
