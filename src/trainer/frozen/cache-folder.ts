import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../encoders/model-folder.ts'

/**
 * Where what was computed is kept for all projects of a person; it may be deleted at any time, then it is made again.
 * Not in the project: two projects with the same texts and encoder share it, and it is nothing to commit.
 */
export function cacheFolder(env: Environment): string {
  return env.SWEEP_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sweep')
}
