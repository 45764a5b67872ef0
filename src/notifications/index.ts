import type { Registry } from '../base/registry.ts'
import type { Notifier } from './notifier.ts'
import { command } from './senders/command.ts'
import { email } from './senders/email.ts'
import { ntfy } from './senders/ntfy.ts'
import { webhook } from './senders/webhook.ts'

/** What a sweep file may name as `to` of a notification. */
export const notifiers = { command, webhook, email, ntfy } satisfies Registry<Notifier>
