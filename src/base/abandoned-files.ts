import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** `NAME.<pid>.tmp` of a file that is written as a whole, `NAME.draft` of a lock that is being taken. */
const DRAFT = /\.(?:(\d+)\.tmp|draft)$/
/** Such a file lives for milliseconds; only its writer's death keeps it. On a shared disk its writer may be elsewhere. */
const ABANDONED_MS = 60_000

/**
 * Removes the drafts of files in `folder` that no process finishes any more: untouched for a minute, and no process
 * with the writer's number lives here. Never fails: it only tidies up.
 */
export function removeAbandoned(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const draft = DRAFT.exec(name)
      if (draft !== null && isAbandoned(join(folder, name), draft[1])) rmSync(join(folder, name), { force: true })
    }
  } catch {
    // A folder that cannot be read or changed says so where it matters.
  }
}

function isAbandoned(path: string, pid: string | undefined): boolean {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  // A clock that was set back leaves files of the future.
  if (changed === undefined || Math.abs(Date.now() - changed) < ABANDONED_MS) return false
  return pid === undefined || !isLiving(Number(pid))
}

function isLiving(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
