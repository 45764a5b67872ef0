import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { CoreShare } from '../executor.ts'

let known: { readonly path: string | undefined } | undefined

/** The program of util-linux that keeps a process on some cores; undefined where there is none. */
export function tasksetProgram(): string | undefined {
  known ??= { path: process.platform === 'linux' ? programOnPath('taskset') : undefined }
  return known.path
}

/** @returns the command with what keeps it on its cores before it; as it was where that is not possible */
export function pinned(argv: readonly string[], { first, count }: CoreShare): readonly string[] {
  const program = tasksetProgram()
  const cores = allowedCores()
  if (program === undefined || cores.length === 0) return argv
  const own = Array.from({ length: Math.min(count, cores.length) }, (_, i) => cores[(first + i) % cores.length])
  return [program, '-c', own.join(','), ...argv]
}

let allowed: readonly number[] | undefined

/** Cores that this process may use: a container or a batch system may have given us only some. */
function allowedCores(): readonly number[] {
  allowed ??= readAllowedCores()
  return allowed
}

function readAllowedCores(): readonly number[] {
  const status = readFileSync('/proc/self/status', 'utf8')
  return coresOf(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '')
}

/** `0-2,8` is 0, 1, 2 and 8. */
export function coresOf(list: string): number[] {
  return list
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, i) => from + i)
    })
}

function programOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '/usr/bin:/bin').split(delimiter)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
