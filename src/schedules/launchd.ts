import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { entry } from '../base/registry.ts'
import { ask, insist } from './ask-program.ts'
import type { Installer, TimerName } from './installer.ts'
import { launchdPlist } from './launchd-plist.ts'
import { unitName } from './unit-name.ts'
import { minutesInWords } from './wake-minutes.ts'

const domain = () => `gui/${process.getuid?.() ?? 0}`

/** An agent of the person on macOS; it runs while that person is logged in. */
export const launchd = entry({
  summary: 'An agent of your own launchd, on macOS (`launchctl list`).',
  options: z.object({}),
  create: (): Installer => ({
    refusal: async () => {
      if (process.platform !== 'darwin') return 'launchd is on macOS only'
      const { ok, words } = await ask(['launchctl', 'print', domain()])
      return ok ? undefined : `launchd runs nothing for this user (${words})`
    },
    install: async (timer) => {
      const path = pathOf(timer)
      mkdirSync(agents(), { recursive: true })
      writeFileAtomic(path, launchdPlist(timer))
      // The first bootout is of an older one; when there is none it says so and that is all.
      await ask(['launchctl', 'bootout', `${domain()}/${unitName(timer)}`])
      await insist(['launchctl', 'bootstrap', domain(), path])
      return `your launchd wakes it ${minutesInWords(timer.minutes)} and after you log in (${path})`
    },
    remove: async (name) => {
      const path = pathOf(name)
      if (!existsSync(path)) return false
      await ask(['launchctl', 'bootout', `${domain()}/${unitName(name)}`])
      rmSync(path)
      return true
    },
    look: async (timer) => {
      const path = pathOf(timer)
      if (!existsSync(path)) return 'missing'
      const { ok } = await ask(['launchctl', 'print', `${domain()}/${unitName(timer)}`])
      if (!ok) return 'missing'
      return readFileSync(path, 'utf8') === launchdPlist(timer) ? 'installed' : 'differs'
    },
  }),
})

const agents = () => join(homedir(), 'Library/LaunchAgents')
const pathOf = (name: TimerName) => join(agents(), `${unitName(name)}.plist`)
