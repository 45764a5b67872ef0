import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Notifier } from '../notifier.ts'
import { post } from '../post.ts'
import { hostOf, resolved } from '../secrets.ts'
import { formatFor, webhookBody } from './webhook-formats.ts'

const options = z.object({
  url: z.string(),
  format: z.enum(['slack', 'discord', 'json']).optional(),
  /** Sent as `Authorization: Bearer`. */
  token: z.string().optional(),
})

export const webhook = entry({
  summary: 'Posts to a webhook: Slack, Discord or plain JSON, recognised from the host or said by `format`.',
  options,
  create: (given): Notifier => ({
    name: (env) => `webhook ${hostIn(given.url, env)}`.trim(),
    send: async (message, { env, signal }) => {
      const url = resolved(given.url, env)
      const format = given.format ?? (URL.canParse(url) ? formatFor(new URL(url)) : 'json')
      const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' }
      if (given.token !== undefined) headers.authorization = `Bearer ${resolved(given.token, env)}`
      await post({ url, body: webhookBody(message, format), headers, options: given, env, signal })
    },
  }),
})

/** Empty when the variable is not set, which is said when it is sent. */
export function hostIn(url: string, env: Readonly<Record<string, string | undefined>>): string {
  try {
    return hostOf(resolved(url, env)) ?? ''
  } catch {
    return ''
  }
}
