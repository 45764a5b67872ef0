import type { Message } from '../notifier.ts'

/** What the receivers of webhooks want to be sent. */
export type WebhookFormat = 'slack' | 'discord' | 'json'

/** Discord refuses more. */
const DISCORD_CHARACTERS = 2000
/** Slack cuts at 40,000 and folds away much earlier. */
const SLACK_CHARACTERS = 3500

/** By host, as far as it is known; everything else gets the message as it is. */
export function formatFor(url: URL): WebhookFormat {
  const { hostname, pathname } = url
  // Discord takes Slack's form at an address of its own.
  if (/(^|\.)discord(app)?\.com$/.test(hostname)) return pathname.endsWith('/slack') ? 'slack' : 'discord'
  return /(^|\.)(slack\.com|chat\.googleapis\.com)$/.test(hostname) ? 'slack' : 'json'
}

/** Pure: the body of the request, as JSON text. */
export function webhookBody(message: Message, format: WebhookFormat): string {
  return JSON.stringify(BODIES[format](message))
}

const BODIES: Readonly<Record<WebhookFormat, (message: Message) => unknown>> = {
  slack: ({ title, lines }) => {
    const text = [`*${slackText(title)}*`, ...lines.map(slackText)].join('\n')
    return { text: cut(text, SLACK_CHARACTERS), unfurl_links: false }
  },
  discord: ({ title, lines }) => {
    const content = [`**${discordText(title)}**`, ...lines.map(discordText)].join('\n')
    // Nobody is called by what stands in a parameter's value.
    return { content: cut(content, DISCORD_CHARACTERS), allowed_mentions: { parse: [] } }
  },
  json: (message) => message,
}

/** @source api.slack.com/reference/surfaces/formatting, "Escaping text" */
const slackText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const discordText = (text: string) => text.replace(/[\\*_~`|>#]/g, '\\$&')

export function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 2).trimEnd()} …`
}
