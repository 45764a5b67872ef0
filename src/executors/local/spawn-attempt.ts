import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import type { StartRequest } from './keeper-channel.ts'

/** Starts the process of an attempt in a group and session of its own; its output goes straight to its files. */
export function spawnAttempt(request: StartRequest, environment: NodeJS.ProcessEnv): ChildProcess {
  const env = { ...environment, ...request.set }
  for (const name of request.unset) delete env[name]
  const stdout = openSync(request.stdout, 'a', 0o644)
  try {
    const stderr = openSync(request.stderr, 'a', 0o644)
    try {
      const [program, ...args] = request.argv as [string, ...string[]]
      const stdio = ['ignore', stdout, stderr] as const
      const child = spawn(program, args, { cwd: request.cwd, env, detached: true, stdio: [...stdio] })
      if (child.pid !== undefined && request.nice !== undefined) giveWay(child.pid, request.nice)
      return child
    } finally {
      closeSync(stderr)
    }
  } finally {
    closeSync(stdout)
  }
}

/** It has only just begun: what it starts from now on inherits this. */
function giveWay(pid: number, nice: number): void {
  try {
    setPriority(pid, Math.min(constants.priority.PRIORITY_LOW, getPriority() + nice))
  } catch {
    // It has ended already.
  }
}
