import { readFileSync, statSync } from 'node:fs'
import { bytes } from '../base/human-readable.ts'

/** What still has memory of a GPU that ought to be free. */
export interface Holder {
  /** UUID */
  readonly gpu: string
  readonly bytes?: number
  /** Absent = nobody knows whose memory it is. */
  readonly pid?: number
  readonly user?: string
  readonly command?: string
}

/** Whether the memory that an attempt had is free again. */
export interface FreeCheck {
  /** Empty = free. */
  readonly holders: readonly Holder[]
  readonly looks: number
  /** Milliseconds in all, and how many of them the driver took to answer. */
  readonly ms: number
  readonly driverMs: number
}

const LONGEST_COMMAND = 300

/** Who a process is, as far as this machine can see it. Linux only; elsewhere its name must do. */
export function identifyHolder(pid: number, name: string): Pick<Holder, 'pid' | 'user' | 'command'> {
  const command = commandOf(pid) ?? (name === '' ? undefined : `${name} (not to be seen from here)`)
  const user = userOf(pid)
  return { pid, ...(user === undefined ? {} : { user }), ...(command === undefined ? {} : { command }) }
}

function commandOf(pid: number): string | undefined {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').split('\0')
    return argv.join(' ').slice(0, LONGEST_COMMAND) || undefined
  } catch {
    return undefined
  }
}

function userOf(pid: number): string | undefined {
  try {
    const { uid } = statSync(`/proc/${pid}`)
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(uid))
    return line?.split(':')[0] ?? String(uid)
  } catch {
    return undefined
  }
}

/** `1.2 GiB by process 4711 of ada (python train.py)`; holders that nobody knows say so. */
export function holderInWords(holder: Holder): string {
  const { pid, user, command } = holder
  const amount = holder.bytes === undefined ? 'memory' : bytes(holder.bytes)
  if (pid === undefined) return `${amount} by nobody that the driver names`
  const known = [user === undefined ? undefined : `of ${user}`, command === undefined ? undefined : `(${command})`]
  if (user === undefined && command === undefined) known.push('that has ended or cannot be seen from here')
  return [`${amount} by process ${pid}`, ...known].filter((part) => part !== undefined).join(' ')
}
