import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Message, Notifier } from '../notifier.ts'
import { runProgram } from '../run-program.ts'
import { resolved } from '../secrets.ts'

const options = z.object({
  /** Program and arguments. */
  command: z.array(z.string()).min(1),
})

/** What a small script needs without a JSON parser. */
function variables(message: Message): Record<string, string> {
  const { report } = message.facts
  return {
    SWEEP_EVENT: message.event,
    SWEEP_ID: message.sweep,
    SWEEP_LEVEL: message.level,
    SWEEP_TITLE: message.title,
    SWEEP_TEXT: message.lines.join('\n'),
    ...(typeof report === 'string' ? { SWEEP_REPORT: report } : {}),
  }
}

export const command = entry({
  summary:
    'Runs a program of yours, with the message as JSON on its stdin and in SWEEP_EVENT, SWEEP_TITLE, SWEEP_TEXT ...',
  options,
  create: (given): Notifier => ({
    name: () => `command ${given.command[0]}`,
    send: async (message, { env, signal }) => {
      const argv = given.command.map((argument) => resolved(argument, env))
      const stdin = `${JSON.stringify(message)}\n`
      await runProgram({ argv, stdin, env: { ...env, ...variables(message) }, options: given, signal })
    },
  }),
})
