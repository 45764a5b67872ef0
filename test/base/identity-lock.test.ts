import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { acquireLock, type LockRecord, lockHolder, stateOf } from '../../src/base/identity-lock.ts'
import { bootId, identify, livenessOf, type ProcessIdentity, thisProcess } from '../../src/base/process-identity.ts'
import { temporaryFolder } from './temporary-folder.ts'

const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve))
  }
})

function sleeper(): ProcessIdentity {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  children.push(child)
  return identify(child.pid as number) as ProcessIdentity
}

const dead: ProcessIdentity = { host: hostname(), bootId: bootId(), pid: process.pid, startTime: '1' }
const record = (holder: ProcessIdentity, nonce = 'earlier'): LockRecord => ({ nonce, about: 'a.1', holders: [holder] })
const lockPath = (content?: LockRecord | string) => {
  const path = join(temporaryFolder(), 'lock')
  if (content !== undefined) writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const taken = (path: string) => {
  const lock = acquireLock(path)
  if ('heldBy' in lock) throw new Error('held')
  return lock
}

describe('livenessOf', () => {
  it('knows a living process, one that has gone, one of an earlier boot and one of another host', async () => {
    const identity = sleeper()
    expect(livenessOf(identity)).toBe('alive')
    expect(livenessOf(thisProcess())).toBe('alive')
    const child = children[0] as ChildProcess
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(livenessOf(identity)).toBe('dead')
    expect(livenessOf({ ...thisProcess(), bootId: 'earlier' })).toBe('dead')
    expect(livenessOf({ ...thisProcess(), host: 'elsewhere' })).toBe('elsewhere')
  })

  it('does not mistake a recycled pid for the process that had it before', () => {
    expect(livenessOf(dead)).toBe('dead')
  })
})

describe('acquireLock', () => {
  it('is held once, and free again after release', () => {
    const path = lockPath()
    const first = taken(path)
    expect(acquireLock(path)).toEqual({ heldBy: first.record })
    expect(lockHolder(path)?.holders[0]).toEqual(thisProcess())
    first.release()
    first.release()
    expect(readdirSync(join(path, '..'))).toEqual([])
    taken(path).release()
  })

  it('takes over from a dead holder, and leaves one file', () => {
    const path = lockPath(record(dead))
    const lock = taken(path)
    expect(lockHolder(path)?.nonce).toBe(lock.record.nonce)
    expect(readdirSync(join(path, '..'))).toEqual(['lock'])
  })

  it('takes over from a taker that died in the middle of taking over', () => {
    const path = lockPath(record(dead))
    writeFileSync(`${path}.after-earlier`, JSON.stringify(record(dead, 'later')))
    const lock = taken(path)
    expect(lockHolder(path)?.nonce).toBe(lock.record.nonce)
    expect(readdirSync(join(path, '..'))).toEqual(['lock'])
  })

  it('respects a living taker in the middle of taking over', () => {
    const path = lockPath(record(dead))
    writeFileSync(`${path}.after-earlier`, JSON.stringify(record(thisProcess(), 'later')))
    expect(acquireLock(path)).toMatchObject({ heldBy: { nonce: 'later' } })
  })

  it('never takes over from another host', () => {
    const path = lockPath(record({ ...dead, host: 'elsewhere' }))
    expect(acquireLock(path)).toMatchObject({ heldBy: { nonce: 'earlier' } })
    expect(stateOf(lockHolder(path) as LockRecord)).toBe('elsewhere')
  })

  it('is held while one of the processes that share it lives', () => {
    const path = lockPath({ ...record(dead), holders: [dead, sleeper()] })
    expect(acquireLock(path)).toMatchObject({ heldBy: { nonce: 'earlier' } })
  })

  it('gives up only its own lock', () => {
    const path = lockPath()
    const lock = taken(path)
    writeFileSync(path, JSON.stringify(record(thisProcess(), 'another')))
    lock.release()
    expect(existsSync(path)).toBe(true)
  })

  it.each(['', 'not json', '{"nonce":3}', '{"nonce":"a","holders":[{}]}'])(
    'refuses a lock file with %j in it',
    (text) => {
      const path = lockPath(text)
      expect(() => acquireLock(path)).toThrow(expect.objectContaining({ code: 'LOCK_UNREADABLE', exitCode: 3 }))
      expect(readFileSync(path, 'utf8')).toBe(text)
      expect(readdirSync(join(path, '..'))).toEqual(['lock'])
    },
  )

  it('has exactly one winner when many processes take over from the same dead holder at once', async () => {
    const path = lockPath(record(dead))
    const script = join(import.meta.dirname, '../fixtures/take-lock.ts')
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => {
        const child = spawn(process.execPath, ['--import', 'jiti/register', script, path], {
          stdio: ['pipe', 'pipe', 'inherit'],
        })
        children.push(child)
        return new Promise<string>((resolve) => child.stdout?.once('data', (data) => resolve(String(data).trim())))
      }),
    )
    expect(answers.filter((answer) => answer === 'won')).toHaveLength(1)
    expect(readdirSync(join(path, '..'))).toEqual(['lock'])
  })
})
