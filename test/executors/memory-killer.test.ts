import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { counterFile, killCountOf, killsIn } from '../../src/executors/local/memory-killer.ts'
import { local } from '../../src/executors/local.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { buildKeeper, endOf, requestFor, until } from './fixture.ts'

const KMSG = [
  '4,345,5000000000,-;python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
  ' SUBSYSTEM=memory',
  '3,346,5000100000,-;Memory cgroup out of memory: Killed process 4711 (python3) total-vm:9000000kB, anon-rss:2097152kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0',
].join('\n')

describe("the log of the kernel's out-of-memory killer", () => {
  it('is read from /dev/kmsg, dmesg and the journal', () => {
    const killed = { pid: 4711, name: 'python3', heldBytes: 2 ** 31 }
    expect(killsIn(KMSG, 60_000, 5030)).toEqual([killed])
    const dmesg =
      '[ 5000.100000] Out of memory: Killed process 4711 (python3) total-vm:9kB, anon-rss:2097152kB, file-rss:0kB'
    expect(killsIn(dmesg, 60_000, 5030)).toEqual([killed])
    expect(killsIn(dmesg.replace(/^\[.*?\] /, ''), 60_000, 5030)).toEqual([killed])
    expect(killsIn('Killed process 12, UID 1000, (a (b) c), total-vm:1kB', 1)).toMatchObject([{ pid: 12 }])
  })

  it('says nothing of an attempt that began later', () => {
    expect(killsIn(KMSG, 1000, 5030)).toEqual([])
  })

  it('has its count in the control group of either version', () => {
    expect(counterFile('12:cpuset:/\n4:memory:/jobs/a:b\n0::/\n')).toBe(
      '/sys/fs/cgroup/memory/jobs/a:b/memory.oom_control',
    )
    expect(counterFile('0::/user.slice/x.scope\n')).toBe('/sys/fs/cgroup/user.slice/x.scope/memory.events')
    expect(counterFile('0::/\n')).toBe('/sys/fs/cgroup/memory.events')
    expect(counterFile('')).toBeUndefined()
  })
})

/** A control group with 48 MiB of memory. @returns undefined where we may not make one */
function smallGroup(): string | undefined {
  const own = killCountOf(process.pid)?.file
  if (own === undefined) return undefined
  const group = join(own, '..', `sweep-test-${process.pid}`)
  try {
    mkdirSync(group)
    const limit = join(group, own.endsWith('memory.events') ? 'memory.max' : 'memory.limit_in_bytes')
    if (existsSync(limit)) {
      writeFileSync(limit, String(48 * 2 ** 20))
      return group
    }
    rmdirSync(group)
  } catch {
    // Not for us.
  }
  return undefined
}

const group = smallGroup()
const why = group === undefined ? '(skipped: no control group with a memory limit can be made here)' : ''

describe.skipIf(group === undefined)(`an attempt that the kernel killed for its memory ${why}`, () => {
  let keeperProgram: string
  beforeAll(async () => {
    keeperProgram = await buildKeeper(temporaryFolder())
    return () => until(() => removed(group as string))
  })

  it('ends as out of memory, and its reason says who killed it', async () => {
    const sweepDir = temporaryFolder()
    const executor = local.create({})({ sweepDir, keeperProgram })
    // tail keeps the last line in memory, and this one does not end.
    const script = `echo $$ > ${group}/cgroup.procs; sleep 0.2; exec tail /dev/zero`
    const end = await endOf(executor, await executor.start(requestFor(['/bin/sh', '-c', script], { sweepDir })))
    expect(end).toMatchObject({ end: 'out-of-memory', memory: 'host', signal: 'SIGKILL' })
    expect(end.reason).toMatch(/^killed by SIGKILL after .*; the kernel's out-of-memory killer ended /)
    await executor.close()
  })

  it('is told from one that somebody else killed', async () => {
    const sweepDir = temporaryFolder()
    const executor = local.create({})({ sweepDir, keeperProgram })
    const script = `echo $$ > ${group}/cgroup.procs; sleep 0.2; kill -KILL $$`
    const end = await endOf(executor, await executor.start(requestFor(['/bin/sh', '-c', script], { sweepDir })))
    expect(end).toMatchObject({ end: 'crashed', signal: 'SIGKILL' })
    await executor.close()
  })
})

/** Processes that have just ended are still in it for a moment. */
function removed(path: string): true | undefined {
  if (readFileSync(join(path, 'cgroup.procs'), 'utf8') !== '') return undefined
  try {
    rmdirSync(path)
    return true
  } catch {
    return undefined
  }
}
