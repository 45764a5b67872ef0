import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Registry } from '../../src/base/registry.ts'
import type { Installer, Timer } from '../../src/schedules/installer.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const FAKES = join(import.meta.dirname, '../fixtures/bin/timers')

const aTimer = ({ name = 'nightly', folder = '/home/änn/mails', minutes = [0] }: Partial<Timer> = {}): Timer => ({
  name,
  folder,
  minutes,
  argv: ['/usr/bin/node', '/opt/sweep/bin/run.js', 'schedule', 'fire', name, '--folder', folder],
  log: `${folder}/schedules/${name}/timer.log`,
})

/** What every installer promises; see installer.ts. The programs of the machine are stand-ins with a memory. */
export function installerContract(
  installers: Registry<Installer>,
  skips: Readonly<Record<string, { readonly keeps: string }>>,
): void {
  let machine: string
  beforeEach(() => {
    machine = temporaryFolder()
    vi.stubEnv('PATH', `${FAKES}:/usr/bin:/bin`)
    vi.stubEnv('FAKE_MACHINE', machine)
    vi.stubEnv('HOME', machine)
    vi.stubEnv('XDG_CONFIG_HOME', join(machine, '.config'))
  })
  afterEach(() => vi.unstubAllEnvs())

  for (const [name, { create }] of Object.entries(installers)) {
    const keeps = skips[name]?.keeps
    describe(`installer ${name}`, () => {
      it('does nothing when it is to remove what is not there', async () => {
        expect(await create({}).remove(aTimer())).toBe(false)
      })

      it.skipIf(keeps !== undefined)(
        `installs, finds and removes a timer${keeps === undefined ? '' : ` (skipped because ${keeps})`}`,
        async () => {
          const installer = create({})
          expect(await installer.look(aTimer())).toBe('missing')
          expect(await installer.install(aTimer())).toMatch(/every hour at minute 0/)
          expect(await installer.look(aTimer())).toBe('installed')
          expect(await installer.remove(aTimer())).toBe(true)
          expect(await installer.look(aTimer())).toBe('missing')
        },
      )

      it.skipIf(keeps !== undefined)(
        `replaces a timer of the same name, and only that${keeps === undefined ? '' : ` (skipped because ${keeps})`}`,
        async () => {
          const installer = create({})
          const others = [aTimer({ name: 'weekly' }), aTimer({ folder: '/home/ben/mails' })]
          for (const timer of [...others, aTimer(), aTimer()]) await installer.install(timer)
          expect(await installer.look(aTimer({ minutes: [30] }))).toBe('differs')
          await installer.install(aTimer({ minutes: [30] }))
          expect(await installer.look(aTimer({ minutes: [30] }))).toBe('installed')
          expect(await installer.remove(aTimer())).toBe(true)
          for (const timer of others) expect(await installer.look(timer)).toBe('installed')
        },
      )
    })
  }

  describe('installer crontab', () => {
    const crontab = () => join(machine, 'crontab')
    const installer = () => (installers.crontab as Registry<Installer>[string]).create({})

    it('keeps the lines of others byte for byte, also such that are not UTF-8', async () => {
      const others = Buffer.concat([Buffer.from('# caf'), Buffer.from([0xe9, 0x0a]), Buffer.from('0 5 * * 1 backup')])
      writeFileSync(crontab(), others)
      await installer().install(aTimer())
      expect(readFileSync(crontab(), 'utf8')).toContain("'/home/änn/mails'")
      expect(readFileSync(crontab()).subarray(-others.length)).toEqual(others)
      await installer().remove(aTimer())
      expect(readFileSync(crontab())).toEqual(others)
    })

    it('writes nothing when the crontab cannot be read', async () => {
      writeFileSync(join(machine, 'crontab'), 'precious\n')
      const refusing = temporaryFolder()
      writeFileSync(
        join(refusing, 'crontab'),
        '#!/bin/sh\necho "You are not allowed to use this program" >&2\nexit 1\n',
        {
          mode: 0o755,
        },
      )
      vi.stubEnv('PATH', `${refusing}:/usr/bin:/bin`)
      expect(await installer().refusal()).toContain('not allowed')
      await expect(installer().install(aTimer())).rejects.toMatchObject({ code: 'INSTALL_FAILED' })
      expect(readFileSync(crontab(), 'utf8')).toBe('precious\n')
    })
  })
}
