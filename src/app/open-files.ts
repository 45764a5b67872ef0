import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Access modes of open(2) in the flags of /proc/PID/fdinfo: 0 only reads. */
const ACCESS = 3

/**
 * Which processes have files open for writing. Sees all of one's own, and those of others only as root.
 *
 * @returns process numbers by path; empty where there is no /proc
 */
export function writersOf(paths: ReadonlySet<string>): Map<string, number[]> {
  const writers = new Map<string, number[]>()
  for (const name of namesIn('/proc')) {
    if (!/^\d+$/.test(name)) continue
    for (const fd of namesIn(`/proc/${name}/fd`)) {
      const path = target(`/proc/${name}/fd/${fd}`)
      if (path === undefined || !paths.has(path) || !writes(`/proc/${name}/fdinfo/${fd}`)) continue
      writers.set(path, [...new Set([...(writers.get(path) ?? []), Number(name)])])
    }
  }
  return writers
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // The process has gone, or belongs to somebody else.
    return []
  }
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}

function writes(path: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '0'
    return (Number.parseInt(flags, 8) & ACCESS) !== 0
  } catch {
    return false
  }
}
