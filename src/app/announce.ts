import { writeFileAtomic } from '../base/atomic-file.ts'

/** Names the file in which a detached process says which sweep it runs. */
export const ANNOUNCE_VARIABLE = 'SWEEP_ANNOUNCE'

/** For the process that waits in `startDetached`; does nothing in a process that nobody waits for. */
export function announce(id: string): void {
  const path = process.env[ANNOUNCE_VARIABLE]
  if (path === undefined) return
  // Its trials must not announce sweeps of their own.
  delete process.env[ANNOUNCE_VARIABLE]
  writeFileAtomic(path, id)
}
