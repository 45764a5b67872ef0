import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { type Notifier, Undelivered } from '../notifier.ts'
import { runProgram } from '../run-program.ts'
import { resolved } from '../secrets.ts'
import { mailText } from './mail-text.ts'

const SENDMAIL = '/usr/sbin/sendmail'
/** Enough to keep a mistake or a line break out of a header; the mail server knows the rest. */
const ADDRESS = /^[^\s<>,;:"()[\]\\@]+@[^\s<>,;:"()[\]\\@]+$/

const options = z.object({
  address: z.union([z.string(), z.array(z.string()).min(1)]),
  /** @default the user on this host */
  from: z.string().optional(),
  /** A program that takes a mail on stdin as sendmail does. */
  sendmail: z.string().default(SENDMAIL),
})

export const email = entry({
  summary: "Sends a mail through the machine's own sendmail (postfix, msmtp, exim ...).",
  options,
  create: (given): Notifier => ({
    name: () => 'email',
    send: async (message, { env, signal }) => {
      const host = hostname()
      const address = (text: string) => checked(resolved(text, env))
      const to = [given.address].flat().map(address)
      const from = address(given.from ?? `${userName()}@${host}`)
      const messageId = `${randomUUID()}@${/^[\w.-]+$/.test(host) ? host : 'localhost'}`
      const mail = { from, to, subject: message.title, lines: message.lines, date: new Date(), messageId }
      const argv = [given.sendmail, '-t', '-i']
      await runProgram({ argv, stdin: mailText(mail), env, options: given, signal })
    },
  }),
})

function checked(address: string): string {
  if (ADDRESS.test(address)) return address
  throw new Undelivered('one of its addresses is not of the form name@host', { again: false })
}

/** Containers run under numbers that have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'sweep'
  }
}
