import { closeSync, openSync, readdirSync, readSync } from 'node:fs'

/** A process as /proc shows it. */
export interface SeenProcess {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** What left the group of its session's first process is still in the session, unless it asked for one of its own. */
  readonly session: number
  /** As in {@link ProcessIdentity}. */
  readonly startTime: string
}

/**
 * All processes of this machine (or container) that run; zombies do not. One file is read for each, some 20 µs.
 *
 * @returns nothing on other systems than Linux
 */
export function allProcesses(): SeenProcess[] {
  return allPids().flatMap((pid) => {
    const seen = seenProcess(pid)
    return seen === undefined ? [] : [seen]
  })
}

function allPids(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => name.charCodeAt(0) <= 57)
    .map(Number)
}

/** @returns undefined when there is no such process, or only its zombie is left */
export function seenProcess(pid: number): SeenProcess | undefined {
  const stat = readProc(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The command name may hold spaces and brackets, so fields are counted from its closing bracket.
  const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startTime: rest[15] as string }
}

/** @returns `roots` themselves, if they run, and everything below them; a process whose parent died is below nobody */
export function withDescendants(roots: ReadonlySet<number>, all: readonly SeenProcess[]): SeenProcess[] {
  const children = new Map<number, SeenProcess[]>()
  for (const it of all) children.set(it.parent, [...(children.get(it.parent) ?? []), it])
  const found = new Map<number, SeenProcess>()
  let newest = all.filter(({ pid }) => roots.has(pid))
  while (newest.length > 0) {
    for (const it of newest) found.set(it.pid, it)
    newest = newest.flatMap(({ pid }) => children.get(pid) ?? []).filter(({ pid }) => !found.has(pid))
  }
  return [...found.values()]
}

/**
 * Values of variables in the environment that a process was started with; what it has set itself later is not seen.
 *
 * @returns undefined for each that is missing, and for all when the process has gone or is not ours to look into
 */
export function environmentOf(pid: number, names: readonly string[]): (string | undefined)[] {
  const environment = `\0${readProc(`/proc/${pid}/environ`) ?? ''}`
  return names.map((name) => {
    const at = environment.indexOf(`\0${name}=`)
    if (at < 0) return undefined
    const from = at + name.length + 2
    return environment.slice(from, environment.indexOf('\0', from))
  })
}

/** Its program, at most 15 characters. @returns undefined when it has gone, and on other systems than Linux */
export function processName(pid: number): string | undefined {
  return readProc(`/proc/${pid}/comm`)?.trimEnd()
}

let buffer: Buffer | undefined

/** With one buffer for all: a file of /proc has no size, so Node would take 64 KiB for each. */
function readProc(path: string): string | undefined {
  buffer ??= Buffer.alloc(64 * 1024)
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    let text = ''
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) text += buffer.toString('utf8', 0, n)
    return text
  } catch {
    // It went while we looked.
    return undefined
  } finally {
    closeSync(fd)
  }
}
