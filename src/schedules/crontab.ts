import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { ask, insist } from './ask-program.ts'
import { blockOf, crontabBlock, withBlock, withoutBlock } from './crontab-text.ts'
import type { Installer, Timer, TimerName } from './installer.ts'
import { minutesInWords } from './wake-minutes.ts'

/** Lines in the person's own crontab. */
export const crontab = entry({
  summary: 'Two lines in your crontab (`crontab -l`), with a comment that names them.',
  options: z.object({}),
  create: (): Installer => ({
    refusal: async () => {
      const read = await readCrontab()
      if ('refusal' in read) return read.refusal
      if (!daemonRuns()) return 'there is a crontab, but no cron runs here to read it'
      return undefined
    },
    install: async (timer) => {
      const text = await crontabOrThrow()
      const changed = withBlock(text, inBytes(timer))
      if (changed !== text) await insist(['crontab', '-'], changed)
      return `your crontab wakes it ${minutesInWords(timer.minutes)} and after a restart (crontab -l)`
    },
    remove: async (name) => {
      const text = await crontabOrThrow()
      if (blockOf(text, inBytes(name)) === undefined) return false
      const rest = withoutBlock(text, inBytes(name))
      // An empty crontab and none are the same to cron; who had none gets none back.
      if (rest === '') await insist(['crontab', '-r'])
      else await insist(['crontab', '-'], rest)
      return true
    },
    look: async (timer) => {
      const read = await readCrontab()
      const block = 'text' in read ? blockOf(read.text, inBytes(timer)) : undefined
      if (block === undefined) return 'missing'
      return block === crontabBlock(inBytes(timer)) ? 'installed' : 'differs'
    },
  }),
})

/** As the bytes of a crontab are read: the lines of others need not be UTF-8, and must come out as they were. */
function inBytes<T extends TimerName & Partial<Timer>>(timer: T): T {
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  return {
    ...timer,
    folder: bytes(timer.folder),
    ...(timer.argv && { argv: timer.argv.map(bytes) }),
    ...(timer.log && { log: bytes(timer.log) }),
  }
}

async function readCrontab(): Promise<{ readonly text: string } | { readonly refusal: string }> {
  const { ok, stdout, words, absent } = await ask(['crontab', '-l'])
  if (ok) return { text: stdout }
  if (absent) return { refusal: 'there is no crontab here' }
  // Each cron says it in its own words: "no crontab for ann", "crontab: can't open 'ann': No such file or directory".
  if (/no crontab for|can't open .*no such file/i.test(words)) return { text: '' }
  return { refusal: `crontab refuses: ${words}` }
}

async function crontabOrThrow(): Promise<string> {
  const read = await readCrontab()
  // Never taken for empty when it could not be read: writing would then destroy it.
  return 'text' in read ? read.text : await insist(['crontab', '-l'])
}

const DAEMONS: ReadonlySet<string> = new Set(['cron', 'crond', 'fcron', 'dcron', 'bcron-sched'])

/** On macOS launchd starts cron when there is a crontab; on Linux it must run already. */
function daemonRuns(): boolean {
  if (process.platform !== 'linux') return true
  if (['/run/crond.pid', '/run/cron.pid'].some((path) => existsSync(path) && pidLives(path))) return true
  return readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && DAEMONS.has(commandOf(pid)))
}

function pidLives(path: string): boolean {
  try {
    return DAEMONS.has(commandOf(readFileSync(path, 'utf8').trim()))
  } catch {
    return false
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    // It has just ended.
    return ''
  }
}
