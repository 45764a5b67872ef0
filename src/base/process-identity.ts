import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Names one process so that a recycled pid, a reboot or another host is never mistaken for it.
 * `startTime` is in the system's own unit (clock ticks since boot on Linux) and only compared for equality.
 */
export interface ProcessIdentity {
  readonly host: string
  readonly bootId: string
  readonly pid: number
  readonly startTime: string
}

let cachedBootId: string | undefined

/** Changes with every boot. On Linux the kernel's own; elsewhere the boot time. */
export function bootId(): string {
  cachedBootId ??= readBootId()
  return cachedBootId
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim()
  }
}

/** @returns undefined when no such process lives, or only its zombie is left. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startTimeFromPs(pid)
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command name may hold spaces and brackets, so fields are counted from its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
    return state === undefined || state.startsWith('Z') ? undefined : started.join(' ')
  } catch {
    return undefined
  }
}

/** @returns undefined when the process has already gone. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid)
  return startTime === undefined ? undefined : { host: hostname(), bootId: bootId(), pid, startTime }
}

export function thisProcess(): ProcessIdentity {
  return identify(process.pid) as ProcessIdentity
}

/** `elsewhere` = on another host, where this machine cannot look. */
export function livenessOf(identity: ProcessIdentity): 'alive' | 'dead' | 'elsewhere' {
  if (identity.host !== hostname()) return 'elsewhere'
  if (identity.bootId !== bootId()) return 'dead'
  return startTimeOf(identity.pid) === identity.startTime ? 'alive' : 'dead'
}
