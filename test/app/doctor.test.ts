import { readdirSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { clockCheck, examineMachine, nodeCheck } from '../../src/app/doctor.ts'
import { openWorkspace } from '../../src/app/workspace.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder()
})

describe('doctor', () => {
  it('finds this machine fit and leaves nothing in the folder', async () => {
    const checks = await examineMachine(openWorkspace(folder))
    expect(checks.filter((check) => check.state === 'fail')).toEqual([])
    expect(checks.map((check) => check.name)).toEqual(
      expect.arrayContaining(['node', 'disk', 'folder', 'fsync', 'clock']),
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('refuses a Node.js that is too old', () => {
    expect(['20.18.3', '18.20.0', '20.19.0', '26.0.0'].map((v) => nodeCheck(v).state)).toEqual([
      'fail',
      'fail',
      'ok',
      'ok',
    ])
  })

  it('warns when the file system lives in another time', () => {
    expect(clockCheck(3_600_000)).toMatchObject({ state: 'warn', saw: "the file system's clock is 1 h ahead" })
    expect(clockCheck(-20).state).toBe('ok')
  })
})
