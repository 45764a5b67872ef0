import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { NOT_BUILT, sweep } from './cli.ts'

function project(): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const file = {
    method: 'grid',
    parameters: { x: { values: [1] } },
    seeds: 1,
    command: ['true'],
    metric: { name: 'y', goal: 'minimize' },
  }
  writeFileSync(join(folder, 'sweeps/nightly.yaml'), JSON.stringify(file))
  return folder
}

const why = NOT_BUILT ? ' (skipped because dist/ is not built)' : ''

describe.skipIf(NOT_BUILT)(`sweep schedule${why}`, () => {
  it('adds, lists and removes, in words and as JSON', async () => {
    const folder = project()
    const env = { TZ: 'UTC', SWEEP_X_TOKEN: 'hush' }
    const add = ['schedule', 'add', 'nightly', '--at', '0 2 * * *', '--tz', 'Asia/Kolkata', '--with', 'none']
    const added = await sweep(add, { folder, env })
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(added.stdout).toContain('nightly is scheduled: sweep nightly at "0 2 * * *" (Asia/Kolkata)')
    expect(added.stdout).toMatch(/next +\d{4}-\d\d-\d\d 20:30 here, \S+ 02:00 in Asia\/Kolkata/)
    expect(added.stdout).toContain('Nothing of this machine wakes it')
    expect(added.stdout).toContain('--env SWEEP_X_TOKEN')

    const listed = await sweep(['schedule', 'list'], { folder, env })
    expect(listed.stdout).toContain('never yet')
    const { schedules } = JSON.parse((await sweep(['schedule', 'list', '--json'], { folder, env })).stdout)
    expect(schedules).toMatchObject([
      { schedule: { name: 'nightly', at: '0 2 * * *' }, zone: 'Asia/Kolkata', timer: 'installed', firings: [] },
    ])
    // Nothing is due right after it was added, and a timer hears nothing.
    expect(await sweep(['schedule', 'fire', 'nightly'], { folder, env })).toEqual({ code: 0, stdout: '', stderr: '' })

    const removed = JSON.parse((await sweep(['schedule', 'remove', 'nightly', '--json'], { folder, env })).stdout)
    expect(removed).toMatchObject({ version: 1, name: 'nightly', uninstalled: [], running: false })
    expect((await sweep(['schedule', 'list'], { folder, env })).stdout).toContain('There is no schedule in')
  })

  it('refuses a wrong expression, a name that is not there and a misspelt command, each with what to do', async () => {
    const folder = project()
    const wrong = await sweep(['schedule', 'add', 'nightly', '--at', '0 2 * *'], { folder })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('It has 4 fields.') })
    const unknown = await sweep(['schedule', 'remove', 'nightli', '--json'], { folder })
    expect(unknown.code).toBe(2)
    expect(JSON.parse(unknown.stdout).error).toMatchObject({ code: 'SCHEDULE_UNKNOWN' })
    const misspelt = await sweep(['schedule', 'lst'], { folder })
    expect(misspelt.stderr).toContain('Try: sweep schedule list')
  })

  it('stays in the foreground until SIGTERM, and ends with exit code 0', async () => {
    const folder = project()
    await sweep(['schedule', 'add', 'nightly', '--at', '0 2 * * *', '--with', 'none'], { folder })
    let asked = false
    const ended = await sweep(['schedule', 'run'], {
      folder,
      onOutput: (child, stderr) => {
        if (asked || !/Waiting for|No schedule/.test(stderr)) return
        asked = true
        child.kill('SIGTERM')
      },
    })
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopping') })
  })
})
