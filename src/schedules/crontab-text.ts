import { EnvironmentError } from '../base/errors.ts'
import type { Timer, TimerName } from './installer.ts'

// Our lines stand first: in some crons a CRON_TZ or SHELL of the person's own holds for every line after it. Each block
// is framed by two comments that name project and schedule; nothing outside a frame is ever changed, not by a byte.

const opening = ({ name, folder }: TimerName) =>
  `# sweep schedule ${name} of ${JSON.stringify(folder)} (made by "sweep schedule add"; "sweep schedule remove ${name}" takes it away)`
const openingOf = ({ name, folder }: TimerName) => `# sweep schedule ${name} of ${JSON.stringify(folder)} (`
const CLOSING = '# end of sweep schedule'

/** The lines of one timer. @throws {EnvironmentError} CRONTAB_PATH */
export function crontabBlock(timer: Timer): string {
  const { minutes, argv, log } = timer
  if ([...argv, log].some((text) => /[\n\r]/.test(text))) {
    throw new EnvironmentError(`A path with a line break cannot stand in a crontab: ${JSON.stringify(argv)}.`, {
      code: 'CRONTAB_PATH',
      suggestions: ['move the project to a folder without line breaks in its path'],
    })
  }
  // cron turns a bare percent sign into a line break, wherever it stands and whatever quotes are around it.
  const command = `${argv.map(quoted).join(' ')} >>${quoted(log)} 2>&1`.replaceAll('%', '\\%')
  const minuteField = minutes.length === 60 ? '*' : minutes.join(',')
  const lines = [opening(timer), `${minuteField} * * * * ${command}`, `@reboot ${command}`, CLOSING]
  return `${lines.join('\n')}\n`
}

/** Always quoted: the shell of another crontab line may not be ours, but this one is cron's own /bin/sh. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** The crontab with the block of `timer`, in place of an older one of the same name. */
export function withBlock(crontab: string, timer: Timer): string {
  return crontabBlock(timer) + withoutBlock(crontab, timer)
}

/** The crontab without the block; exactly as it was when there is none. */
export function withoutBlock(crontab: string, name: TimerName): string {
  let rest = crontab
  for (let found = findBlock(rest, name); found !== undefined; found = findBlock(rest, name)) {
    rest = rest.slice(0, found.from) + rest.slice(found.to)
  }
  return rest
}

/** The block as it stands; undefined when there is none. */
export function blockOf(crontab: string, name: TimerName): string | undefined {
  const found = findBlock(crontab, name)
  return found === undefined ? undefined : crontab.slice(found.from, found.to)
}

function findBlock(crontab: string, name: TimerName): { readonly from: number; readonly to: number } | undefined {
  const lines = crontab.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const first = lines.findIndex((line) => line.startsWith(openingOf(name)))
  if (first === -1) return undefined
  let last = first
  // A frame whose end a person took away closes before the first line that we would not have written.
  for (let at = first + 1; at < lines.length; at++) {
    const line = lines[at] as string
    if (line.trimEnd() === CLOSING) {
      last = at
      break
    }
    if (!line.includes(` 'schedule' 'fire' ${quoted(name.name)} `)) break
    last = at
  }
  const from = lines.slice(0, first).join('').length
  return { from, to: from + lines.slice(first, last + 1).join('').length }
}
