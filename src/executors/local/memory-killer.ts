import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { bytes } from '../../base/human-readable.ts'
import { readProc } from '../../base/proc-file.ts'

/** What a process was killed for, as the kernel counts it for the control group that it was in. */
export interface KillCount {
  readonly file: string
  /** Kills that no attempt has been blamed on, when we looked first. */
  readonly before: number
}

/** Kills that an attempt was blamed on, by file: two attempts never count the same kill. */
const blamed = new Map<string, number>()

/** @returns undefined where the kernel's count cannot be read */
export function killCountOf(pid: number): KillCount | undefined {
  const file = counterFile(readProc(`/proc/${pid}/cgroup`).toString('utf8'))
  const before = file === undefined ? undefined : openKills(file)
  return file === undefined || before === undefined ? undefined : { file, before }
}

/** @returns undefined when it cannot be read, or has gone with its processes */
function openKills(file: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(readProc(file).toString('utf8'))?.[1]
  return count === undefined ? undefined : Number(count) - (blamed.get(file) ?? 0)
}

/**
 * Where the out-of-memory kills of a control group are counted: `memory.events` (version 2) or `memory.oom_control`.
 *
 * @param groups text of /proc/PID/cgroup
 */
export function counterFile(groups: string): string | undefined {
  const lines = groups.split('\n').map((line) => line.split(':'))
  const first = lines.find(([, controllers]) => controllers?.split(',').includes('memory'))
  if (first !== undefined) return `/sys/fs/cgroup/memory${pathIn(first)}/memory.oom_control`
  const second = lines.find(([number]) => number === '0')
  return second === undefined ? undefined : `/sys/fs/cgroup${pathIn(second)}/memory.events`
}

/** The path may hold colons. */
function pathIn(line: readonly string[]): string {
  return line.slice(2).join(':').replace(/\/$/, '')
}

/**
 * Whether the kernel's out-of-memory killer ended an attempt that was killed by a SIGKILL of which we know nothing. Its
 * log names the process, where we may read it; otherwise its count for the control group has risen meanwhile.
 *
 * @param attempt.knows whether the attempt had a process of that number
 * @param attempt.lived milliseconds
 * @returns who says so, as a phrase; undefined when nobody does, which is no proof
 */
export async function memoryKill(attempt: {
  readonly knows: (pid: number) => boolean
  readonly lived: number
  readonly kills: KillCount | undefined
}): Promise<string | undefined> {
  const { kills } = attempt
  const counted = kills !== undefined && (openKills(kills.file) ?? 0) > kills.before
  const killed = killsIn((await kernelLog()) ?? '', attempt.lived).find(({ pid }) => attempt.knows(pid))
  if (killed === undefined && !counted) return undefined
  if (counted) blamed.set(kills.file, (blamed.get(kills.file) ?? 0) + 1)
  if (killed === undefined) return "the kernel's out-of-memory killer ended a process of its control group"
  const { pid, name, heldBytes } = killed
  const held = heldBytes === undefined ? '' : `, which held ${bytes(heldBytes)}`
  return `the kernel's out-of-memory killer ended process ${pid} (${name})${held}`
}

interface Killed {
  readonly pid: number
  readonly name: string
  readonly heldBytes?: number
}

const KILLED = /Killed process (\d+)(?:, UID \d+,)? \((.*?)\),?(?: .*?anon-rss:(\d+)kB)?/
/** Microseconds since the start of the machine in a record of /dev/kmsg, seconds in a line of dmesg. */
const STAMP = /^(?:\d+,\d+,(\d+),|\[\s*(\d+\.\d+)\])/
/** The clocks of the log and ours drift apart a little. */
const SLACK_S = 10

/**
 * The kills that a kernel log tells of, the newest first.
 *
 * @param lived only those of the last so many milliseconds; lines without a time count
 */
export function killsIn(log: string, lived: number, now: number = process.hrtime()[0]): Killed[] {
  const from = now - lived / 1000 - SLACK_S
  return log
    .split('\n')
    .flatMap((line) => {
      const killed = KILLED.exec(line)
      if (killed === null) return []
      const [, micros, seconds] = STAMP.exec(line) ?? []
      const at = micros === undefined ? Number(seconds ?? Number.NaN) : Number(micros) / 1e6
      if (at < from) return []
      const [, pid, name = '', heldKb] = killed
      return [{ pid: Number(pid), name, ...(heldKb === undefined ? {} : { heldBytes: Number(heldKb) * 1024 }) }]
    })
    .reverse()
}

const PATIENCE_MS = 2000
/** The last one knows no time in this form, so it is asked for the last minutes only. */
const READERS: readonly (readonly [string, ...string[]])[] = [
  ['dmesg'],
  ['journalctl', '--dmesg', '--quiet', '--no-pager', '--output=cat', '--since=-2min'],
]

/** @returns undefined where we may not read it */
async function kernelLog(): Promise<string | undefined> {
  const own = readMessages()
  if (own !== undefined || process.platform !== 'linux') return own
  for (const [program, ...args] of READERS) {
    try {
      const { stdout } = await promisify(execFile)(program, args, { timeout: PATIENCE_MS, maxBuffer: 2 ** 24 })
      if (stdout !== '') return stdout
    } catch {
      // Not there, or not for us.
    }
  }
  return undefined
}

/** Each read is one record, until there is none: it never waits. */
function readMessages(): string | undefined {
  let fd: number
  try {
    fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  const buffer = Buffer.alloc(8192)
  let text = ''
  try {
    for (;;) text += buffer.toString('utf8', 0, readSync(fd, buffer))
  } catch {
    return text
  } finally {
    closeSync(fd)
  }
}
