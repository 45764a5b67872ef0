import { readdirSync } from 'node:fs'
import { readProc } from './proc-file.ts'

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
  const stat = statFields(pid)
  if (stat === undefined) return undefined
  const [state, parent, group, session] = stat
  if (state === 'Z' || state === 'X') return undefined
  const startTime = stat.at(-1) as string
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startTime }
}

const BRACKET = ')'.charCodeAt(0)
/** Place of the start time among the fields after the name. */
const START_TIME = 19

/** The fields after the name, up to the start time. The name may hold spaces and brackets, so its last bracket counts. */
function statFields(pid: number): string[] | undefined {
  const stat = readProc(`/proc/${pid}/stat`)
  const from = stat.lastIndexOf(BRACKET) + 2
  return stat.length === 0 ? undefined : stat.toString('latin1', from).split(' ', START_TIME + 1)
}

/** As in {@link SeenProcess}, also of a zombie. Linux only. */
export function startTimeInProc(pid: number): string | undefined {
  return statFields(pid)?.at(-1)
}

/** By pid: the processes that it is the parent of. */
export type ChildrenByParent = ReadonlyMap<number, readonly SeenProcess[]>

export function childrenByParent(all: readonly SeenProcess[]): ChildrenByParent {
  const children = new Map<number, SeenProcess[]>()
  for (const it of all) {
    const siblings = children.get(it.parent)
    if (siblings === undefined) children.set(it.parent, [it])
    else siblings.push(it)
  }
  return children
}

/**
 * @param children of `all`; who asks for many trees makes it once
 * @returns `roots` themselves, if they run, and everything below them; a process whose parent died is below nobody
 */
export function withDescendants(
  roots: ReadonlySet<number>,
  all: readonly SeenProcess[],
  children: ChildrenByParent = childrenByParent(all),
): SeenProcess[] {
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
  const environment = readProc(`/proc/${pid}/environ`)
  return names.map((name) => {
    const at = environment.indexOf(`\0${name}=`)
    // The first variable has nothing before it.
    const from = at >= 0 ? at + name.length + 2 : startsWith(environment, `${name}=`) ? name.length + 1 : undefined
    return from === undefined ? undefined : textFrom(environment, from)
  })
}

function startsWith(bytes: Buffer, text: string): boolean {
  return bytes.toString('latin1', 0, text.length) === text
}

function textFrom(bytes: Buffer, from: number): string {
  const end = bytes.indexOf(0, from)
  return bytes.toString('utf8', from, end === -1 ? bytes.length : end)
}

/** Its program, at most 15 characters. @returns undefined when it has gone, and on other systems than Linux */
export function processName(pid: number): string | undefined {
  const name = readProc(`/proc/${pid}/comm`).toString('utf8').trimEnd()
  return name === '' ? undefined : name
}
