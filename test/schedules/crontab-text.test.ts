import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EnvironmentError } from '../../src/base/errors.ts'
import { blockOf, crontabBlock, withBlock, withoutBlock } from '../../src/schedules/crontab-text.ts'
import type { Timer } from '../../src/schedules/installer.ts'

const aTimer = ({ name = 'nightly', ...changes }: Partial<Timer> = {}): Timer => ({
  name,
  folder: '/home/ann/mails',
  argv: ['/usr/bin/node', '/opt/sweep/bin/run.js', 'schedule', 'fire', name, '--folder', '/home/ann/mails'],
  minutes: [0],
  log: '/home/ann/mails/schedules/nightly/timer.log',
  ...changes,
})

const OTHERS = `# Edit this file to introduce tasks to be run by cron.\nMAILTO=ann@example.org\n0 5 * * 1 tar -zcf /var/backups/home.tgz /home/\n`

describe('a crontab', () => {
  it('gets our two lines in a frame that names project and schedule', () => {
    expect(crontabBlock(aTimer({ minutes: [0, 30] }))).toBe(
      `# sweep schedule nightly of "/home/ann/mails" (made by "sweep schedule add"; "sweep schedule remove nightly" takes it away)
0,30 * * * * '/usr/bin/node' '/opt/sweep/bin/run.js' 'schedule' 'fire' 'nightly' '--folder' '/home/ann/mails' >>'/home/ann/mails/schedules/nightly/timer.log' 2>&1
@reboot '/usr/bin/node' '/opt/sweep/bin/run.js' 'schedule' 'fire' 'nightly' '--folder' '/home/ann/mails' >>'/home/ann/mails/schedules/nightly/timer.log' 2>&1
# end of sweep schedule
`,
    )
  })

  it('has them above all others, whose TZ and SHELL hold only for what follows', () => {
    expect(withBlock(`CRON_TZ=Asia/Tokyo\nSHELL=/usr/bin/fish\n`, aTimer())).toMatch(/^# sweep schedule nightly of/)
  })

  it('keeps the lines of others byte for byte, however often a schedule is added and removed', () => {
    const lines = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(OTHERS, '', '\n\n', 'no newline at the end', 'windows\r\n', '# end of sweep schedule\n'),
    )
    const names = fc.array(fc.constantFrom('a', 'a.b', 'weekly-2'), { maxLength: 5 })
    fc.assert(
      fc.property(lines, names, (others, added) => {
        let text = others
        for (const name of added) text = withBlock(text, aTimer({ name }))
        expect(text.endsWith(others)).toBe(true)
        for (const name of new Set(added)) text = withoutBlock(text, { name, folder: '/home/ann/mails' })
        expect(text).toBe(others)
      }),
      { numRuns: 50 },
    )
  })

  it('is the same after adding twice, and knows schedules of other projects and longer names apart', () => {
    const once = withBlock(OTHERS, aTimer())
    expect(withBlock(once, aTimer())).toBe(once)
    const other = { folder: '/home/ann/other' }
    const both = withBlock(withBlock(once, aTimer(other)), aTimer({ name: 'nightly2' }))
    const left = withoutBlock(both, aTimer())
    expect(blockOf(left, aTimer())).toBeUndefined()
    expect(blockOf(left, aTimer(other))).toBe(crontabBlock(aTimer(other)))
    expect(blockOf(left, aTimer({ name: 'nightly2' }))).toBeDefined()
  })

  it('takes no line of others away when the end of the frame was deleted by hand', () => {
    const damaged = withBlock(OTHERS, aTimer()).replace('# end of sweep schedule\n', '')
    expect(withoutBlock(damaged, aTimer())).toBe(OTHERS)
  })

  it('escapes percent signs, and a shell reads the same words again', () => {
    const folder = "/home/ann/50% off/it's $HOME"
    const timer = aTimer({ argv: ['/bin/echo', 'a b', folder, '$(id)', '`id`'], log: '/dev/stderr', folder })
    const line = crontabBlock(timer).split('\n')[1] as string
    expect(line).toContain('50\\% off')
    expect(line).not.toMatch(/[^\\]%/)
    // What cron itself does: the five fields away, and the backslash before each percent sign.
    const command = line
      .split(' ')
      .slice(5)
      .join(' ')
      .replaceAll('\\%', '%')
      .replace(/ >>.*$/, '')
    expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' })).toBe(`a b ${folder} $(id) \`id\`\n`)
  })

  it('cannot hold a path with a line break', () => {
    expect(() => crontabBlock(aTimer({ argv: ['/usr/bin/node', '/a\n* * * * * rm -rf /'] }))).toThrow(EnvironmentError)
  })
})
