import { isAbsolute, relative, resolve, sep } from 'node:path'
import { UserError } from './errors.ts'

/**
 * Resolves a path that came from data (an event line, a file of somebody else) and keeps it inside its folder.
 *
 * @throws {UserError} PATH_ESCAPES when it would leave `folder`
 */
export function containedPath(folder: string, path: string): string {
  const full = resolve(folder, path)
  const way = relative(folder, full)
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new UserError(`The path "${path}" leads out of ${folder}. It was not used.`, { code: 'PATH_ESCAPES' })
  }
  return full
}
