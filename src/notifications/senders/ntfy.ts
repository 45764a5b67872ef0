import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Message, Notifier } from '../notifier.ts'
import { post } from '../post.ts'
import { resolved } from '../secrets.ts'
import { mimeWord } from './mail-text.ts'
import { hostIn } from './webhook.ts'

const options = z.object({
  /** The topic: `https://ntfy.sh/my-topic`. */
  url: z.string(),
  token: z.string().optional(),
})

/** ntfy makes a longer one an attachment. */
const MOST_BYTES = 4000
/** @source docs.ntfy.sh/publish, "Tags & emojis" and "Message priority" */
const LOOKS: Readonly<Record<Message['level'], { readonly tags: string; readonly priority: string }>> = {
  good: { tags: 'white_check_mark', priority: '3' },
  info: { tags: 'bar_chart', priority: '3' },
  warn: { tags: 'warning', priority: '4' },
}

export const ntfy = entry({
  summary: 'Posts to a topic of ntfy.sh or of an ntfy server of yours, for phones.',
  options,
  create: (given): Notifier => ({
    name: (env) => `ntfy ${hostIn(given.url, env)}`.trim(),
    send: async (message, { env, signal }) => {
      const { tags, priority } = LOOKS[message.level]
      const headers: Record<string, string> = {
        'content-type': 'text/plain; charset=utf-8',
        // Headers hold ASCII only; ntfy reads encoded words as mail does.
        title: mimeWord(message.title),
        tags,
        priority,
      }
      if (given.token !== undefined) headers.authorization = `Bearer ${resolved(given.token, env)}`
      await post({ url: resolved(given.url, env), body: bodyOf(message), headers, options: given, env, signal })
    },
  }),
})

function bodyOf({ lines }: Message): string {
  const text = Buffer.from(lines.join('\n'))
  // A character that was cut in two becomes a replacement character, which is left out.
  return text.length <= MOST_BYTES
    ? text.toString()
    : `${text
        .subarray(0, MOST_BYTES)
        .toString()
        .replace(/\uFFFD$/, '')} …`
}
