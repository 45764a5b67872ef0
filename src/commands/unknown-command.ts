import type { Hook } from '@oclif/core'
import { UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { errorLines, reportOf } from './error-report.ts'
import { jsonText } from './text/json-text.ts'
import { commandLine } from './text/shell-quote.ts'
import { styleFor, wantsColour } from './text/style.ts'

/** As it is typed: oclif says `schedule:add`. */
const words = (id: string) => id.replaceAll(':', ' ')

/** Names the commands that a misspelt one may have meant. Runs as oclif's hook `command_not_found` (package.json). */
export const unknownCommand: Hook<'command_not_found'> = async ({ id: oclifId, argv = [], config }) => {
  const id = words(oclifId)
  const near = nearest(id, config.commandIDs.map(words))
  const hint = near.length > 0 ? ` Near: ${near.join(', ')}.` : ''
  const error = new UserError(`There is no command "${id}".${hint} Nothing was done.`, {
    code: 'COMMAND_UNKNOWN',
    suggestions:
      near.length > 0 ? near.map((name) => commandLine('sweep', ...name.split(' '), ...argv)) : ['sweep --help'],
  })
  const report = reportOf(error, { command: id, flags: [], parsed: true })
  if (argv.includes('--json')) process.stdout.write(`${jsonText({ error: report })}\n`)
  else
    process.stderr.write(`${errorLines(report, styleFor(wantsColour(process.stderr)), config.userAgent).join('\n')}\n`)
  process.exitCode = report.exitCode
}
