import { readdirSync, readFileSync } from 'node:fs'

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
 * All processes of this machine (or container) that run; zombies do not. One file is read for each, some 15 µs.
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
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command name may hold spaces and brackets, so fields are counted from its closing bracket.
    const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return {
      pid,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      startTime: rest[15] as string,
    }
  } catch {
    return undefined
  }
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
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`
    return names.map((name) => {
      const at = environment.indexOf(`\0${name}=`)
      if (at < 0) return undefined
      const from = at + name.length + 2
      return environment.slice(from, environment.indexOf('\0', from))
    })
  } catch {
    return names.map(() => undefined)
  }
}
