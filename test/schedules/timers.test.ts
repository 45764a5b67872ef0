import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Timer } from '../../src/schedules/installer.ts'
import { launchdPlist } from '../../src/schedules/launchd-plist.ts'
import { systemdUnits } from '../../src/schedules/systemd-units.ts'
import { unitName } from '../../src/schedules/unit-name.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const timer: Timer = {
  name: 'nightly',
  folder: '/home/ann/50% off & more/a "b" $c',
  argv: [
    '/usr/bin/node',
    '/opt/sweep/bin/run.js',
    'schedule',
    'fire',
    'nightly',
    '--folder',
    '/home/ann/50% $c "b" \\',
  ],
  minutes: [0, 30],
  log: '/home/ann/timer.log',
}

const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' })
const NO_SYSTEMD = analyze('--version').status !== 0

describe('a timer of systemd', () => {
  it('wakes at the minutes of every hour, in a unit of its own each time', () => {
    const units = systemdUnits(timer, ['/usr/bin/systemd-run', 252])
    expect(units.name).toBe(unitName(timer))
    expect(units.timer).toContain('OnCalendar=*-*-* *:00,30:00\n')
    expect(units.timer).toContain('OnStartupSec=1min\n')
    expect(units.service).toContain('ExecStart="/usr/bin/systemd-run" "--user" "--collect"')
    // Twice: our own unit replaces variables, and the one that systemd-run makes does, too.
    expect(units.service).toContain('"/home/ann/50%% $$$$c \\"b\\" \\\\"')
    expect(systemdUnits({ ...timer, minutes: Array.from({ length: 60 }, (_, i) => i) }, ['x', 252]).timer).toContain(
      '*:*:00',
    )
  })

  it('leaves keeper and trials alone when the orchestrator dies, so that the sweep file says what becomes of them', () => {
    const { service } = systemdUnits(timer, ['x', 252])
    expect(service).toContain('"--property=KillMode=process"')
    expect(service).not.toContain('mixed')
  })

  it('outlives a trial that the kernel kills for its memory, where systemd knows how', () => {
    const property = '"--property=OOMPolicy=continue"'
    expect(systemdUnits(timer, ['x', 243]).service).toContain(property)
    for (const version of [239, 0]) expect(systemdUnits(timer, ['x', version]).service).not.toContain('OOMPolicy')
  })

  it.skipIf(NO_SYSTEMD)(
    `passes systemd-analyze verify${NO_SYSTEMD ? ' (skipped because there is none here)' : ''}`,
    () => {
      const folder = join(temporaryFolder(), 'user')
      mkdirSync(folder)
      const units = systemdUnits({ ...timer, argv: ['/bin/true', ...timer.argv.slice(1)] }, ['/bin/true', 252])
      writeFileSync(join(folder, `${units.name}.service`), units.service)
      const path = join(folder, `${units.name}.timer`)
      writeFileSync(path, units.timer)
      // It wants the place of a user's systemd, and no more than the place.
      const env = { ...process.env, XDG_RUNTIME_DIR: folder }
      const verify = () =>
        spawnSync('systemd-analyze', ['verify', '--user', '--man=no', path], { encoding: 'utf8', env })
      expect(verify()).toMatchObject({ status: 0, stderr: '' })
      // So that we know that it looks: a misspelt key is told.
      writeFileSync(path, units.timer.replace('AccuracySec', 'AcuracySec'))
      expect(verify().stderr).toContain('AcuracySec')
    },
  )

  it.skipIf(NO_SYSTEMD)(
    `is understood by systemd as those minutes${NO_SYSTEMD ? ' (skipped because there is none here)' : ''}`,
    () => {
      const calendar = /OnCalendar=(.*)/.exec(systemdUnits(timer, ['x', 252]).timer)?.[1] as string
      const { stdout } = analyze('calendar', '--iterations=3', '--base-time=2027-03-28 00:10 UTC', calendar)
      const times = [...stdout.matchAll(/(?:elapse|#\d+): \w+ (\S+ \S+) /g)].map(([, time]) => time)
      expect(times.map((time) => time?.slice(14))).toEqual(['30:00', '00:00', '30:00'])
    },
  )
})

describe('an agent of launchd', () => {
  it('wakes at the minutes of every hour and at login, and leaves the work to a process of its own', () => {
    const text = launchdPlist(timer)
    expect(text).toContain('<dict><key>Minute</key><integer>0</integer></dict>')
    expect(text).toContain('<dict><key>Minute</key><integer>30</integer></dict>')
    expect(text).toContain('<key>RunAtLoad</key>\n  <true/>')
    expect(text).toContain('<key>AbandonProcessGroup</key>\n  <true/>')
    expect(text).toContain('<string>--detach</string>\n  </array>')
    expect(text).toContain('<string>/home/ann/50% $c "b" \\</string>')
    expect(launchdPlist({ ...timer, log: '/a&b<c>' })).toContain('<string>/a&amp;b&lt;c&gt;</string>')
  })

  const python = spawnSync('python3', ['--version']).status === 0
  it.skipIf(!python)(`is a property list${python ? '' : ' (skipped because there is no Python to read it)'}`, () => {
    const script = 'import plistlib,sys,json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
    const { stdout } = spawnSync('python3', ['-c', script], { input: launchdPlist(timer), encoding: 'utf8' })
    expect(JSON.parse(stdout)).toMatchObject({
      Label: unitName(timer),
      ProgramArguments: [...timer.argv, '--detach'],
      StartCalendarInterval: [{ Minute: 0 }, { Minute: 30 }],
    })
  })
})
