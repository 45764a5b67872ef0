import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { counted, duration } from '../base/human-readable.ts'
import { diskCheck, fileSystemCheck } from './doctor-disk.ts'
import { gpuChecks } from './doctor-gpus.ts'
import { leaseHolderChecks } from './doctor-leases.ts'
import { sweepChecks } from './doctor-sweeps.ts'
import { engineChecks } from './engines.ts'
import type { Check } from './machine-check.ts'
import { scheduleChecks } from './schedule/checks.ts'
import type { Workspace } from './workspace.ts'

/** Looks at what sweeps need of a machine. Changes nothing: its one probe file is removed again. */
export async function examineMachine(workspace: Workspace): Promise<Check[]> {
  return [
    nodeCheck(process.versions.node),
    { name: 'cores', state: 'ok', saw: counted(availableParallelism(), 'core') },
    diskCheck(folderOf(workspace)),
    fileSystemCheck(folderOf(workspace)),
    ...writeChecks(workspace.folder),
    openFilesCheck(),
    ...(await gpuChecks()),
    ...leaseHolderChecks(),
    ...(await sweepChecks(workspace)),
    ...(await scheduleChecks(workspace)),
    ...(await engineChecks(workspace)),
  ]
}

/** runs/ may be on a disk of its own. */
function folderOf({ folder, runsDir }: Workspace): string {
  return existsSync(runsDir) ? runsDir : folder
}

/** @param version such as `20.19.0`; exported for tests */
export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const saw = `Node.js ${version}`
  if (major > 20 || (major === 20 && minor >= 19)) return { name: 'node', state: 'ok', saw }
  return { name: 'node', state: 'fail', saw, advice: 'install Node.js 20.19 or newer' }
}

/** One durable write answers three questions: may we write, how long does fsync take, do the clocks agree. */
function writeChecks(folder: string): Check[] {
  const probe = join(folder, `.sweep-doctor-${process.pid}`)
  try {
    const began = performance.now()
    writeFileAtomic(probe, 'sweep doctor\n')
    const took = performance.now() - began
    const skew = statSync(probe).mtimeMs - Date.now()
    return [{ name: 'folder', state: 'ok', saw: `${folder} is writable` }, fsyncCheck(took), clockCheck(skew)]
  } catch (error) {
    const advice = 'make the folder yours (chown, chmod), or use another one with --folder'
    return [{ name: 'folder', state: 'fail', saw: (error as Error).message, advice }]
  } finally {
    rmSync(probe, { force: true })
  }
}

function fsyncCheck(tookMs: number): Check {
  const saw = `a durable write takes ${tookMs < 1000 ? `${tookMs.toFixed(1)} ms` : duration(tookMs)}`
  if (tookMs < 200) return { name: 'fsync', state: 'ok', saw }
  return { name: 'fsync', state: 'warn', saw, advice: 'slow: keep runs/ on a local disk if trials are short' }
}

/** @param skewMs file system's clock minus ours; exported for tests */
export function clockCheck(skewMs: number): Check {
  if (new Date().getFullYear() < 2025) {
    return { name: 'clock', state: 'warn', saw: new Date().toISOString(), advice: 'set the clock (timedatectl)' }
  }
  if (Math.abs(skewMs) < 5000) return { name: 'clock', state: 'ok', saw: 'the clock and the file system agree' }
  const saw = `the file system's clock is ${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead' : 'behind'}`
  return { name: 'clock', state: 'warn', saw, advice: 'set both clocks by NTP; times in reports will be off' }
}

/** Every running trial holds a few files open. Linux only: elsewhere the limit is not readable without a shell. */
function openFilesCheck(): Check {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    const limit = Number(line?.[1] ?? Number.POSITIVE_INFINITY)
    const saw = Number.isFinite(limit) ? counted(limit, 'open file') : 'no limit on open files'
    if (limit >= 1024) return { name: 'limits', state: 'ok', saw }
    return { name: 'limits', state: 'warn', saw: `only ${saw}`, advice: 'ulimit -n 8192' }
  } catch {
    return { name: 'limits', state: 'ok', saw: 'limits cannot be read on this system' }
  }
}
