import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { entry } from '../base/registry.ts'
import { ask, insist } from './ask-program.ts'
import type { Installer, Timer } from './installer.ts'
import { systemdUnits } from './systemd-units.ts'
import { unitName } from './unit-name.ts'
import { minutesInWords } from './wake-minutes.ts'

/** A user timer of systemd. */
export const systemd = entry({
  summary: 'A timer of your own systemd (`systemctl --user list-timers`), where it also runs while you are logged out.',
  options: z.object({}),
  create: (): Installer => ({ refusal, install, remove, look }),
})

async function refusal(): Promise<string | undefined> {
  const { ok, words, absent } = await ask(['systemctl', '--user', 'show-environment'])
  if (absent) return 'there is no systemd here'
  if (!ok) return `systemd runs nothing for this user (${words})`
  if (programPath('systemd-run') === undefined) return 'there is no systemd-run here'
  const user = userInfo().username
  const linger = await ask(['loginctl', 'show-user', user, '--property=Linger', '--value'])
  if (linger.ok && linger.stdout.trim() === 'yes') return undefined
  return `systemd ends your timers when you log out; once: loginctl enable-linger ${user}`
}

async function install(timer: Timer): Promise<string> {
  const units = await unitsOf(timer)
  mkdirSync(unitDir(), { recursive: true })
  writeFileAtomic(join(unitDir(), `${units.name}.service`), units.service)
  writeFileAtomic(join(unitDir(), `${units.name}.timer`), units.timer)
  await insist(['systemctl', '--user', 'daemon-reload'])
  await insist(['systemctl', '--user', 'enable', '--quiet', `${units.name}.timer`])
  // Not "enable --now": a timer that already runs would keep its old minutes.
  await insist(['systemctl', '--user', 'restart', `${units.name}.timer`])
  return `your systemd wakes it ${minutesInWords(timer.minutes)} and after a restart (systemctl --user status ${units.name}.timer)`
}

async function remove(name: Pick<Timer, 'name' | 'folder'>): Promise<boolean> {
  const unit = unitName(name)
  const files = [`${unit}.timer`, `${unit}.service`].map((file) => join(unitDir(), file))
  if (!files.some((file) => existsSync(file))) return false
  await insist(['systemctl', '--user', 'disable', '--quiet', '--now', `${unit}.timer`])
  for (const file of files) rmSync(file, { force: true })
  await insist(['systemctl', '--user', 'daemon-reload'])
  return true
}

async function look(timer: Timer): Promise<'installed' | 'differs' | 'missing'> {
  const units = await unitsOf(timer)
  const [service, ours] = ['service', 'timer'].map((kind) => textOf(join(unitDir(), `${units.name}.${kind}`)))
  if (service === undefined || ours === undefined) return 'missing'
  const { ok } = await ask(['systemctl', '--user', 'is-active', `${units.name}.timer`])
  if (!ok) return 'missing'
  return service === units.service && ours === units.timer ? 'installed' : 'differs'
}

async function unitsOf(timer: Timer) {
  const path = programPath('systemd-run') ?? '/usr/bin/systemd-run'
  const { ok, stdout } = await ask([path, '--version'])
  const version = ok ? Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0) : 0
  return systemdUnits(timer, [path, version])
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function unitDir(): string {
  return join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'systemd/user')
}

function programPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
