import type { Entry } from '../base/registry.ts'
import { notifiers } from '../notifications/index.ts'
import { hostOf, isSecret } from '../notifications/secrets.ts'
import type { NoticeEvent, NotifySpec } from '../trial/sweep-spec.ts'
import { missingKey, readDuration, readItems, readMap, readOneOf } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap } from './located.ts'
import { entryOf, plainOf, without } from './located.ts'
import { checkOptions } from './read-choice.ts'

const EVENTS = ['end', 'failure', 'stalled', 'new_best'] as const satisfies readonly NoticeEvent[]
/** What somebody who only named a receiver wants to hear in the morning. */
const DEFAULT_EVENTS: readonly NoticeEvent[] = ['end', 'failure']
const STALLED_MS = 30 * 60_000

/** YAML 1.1 reads a bare `on` as true. */
const ON = ['on', 'true']
const OWN_KEYS = ['to', 'stalled', ...ON]

/** `notify: [{ to: webhook, url: "${env:SLACK_WEBHOOK}", on: [end, failure] }]`; one of them may stand without a list. */
export function readNotify(node: Located | undefined, findings: Findings): readonly NotifySpec[] | undefined {
  if (node === undefined) return undefined
  return readItems(node).flatMap((item) => readOne(item, findings) ?? [])
}

function readOne(item: Located, findings: Findings): NotifySpec | undefined {
  // What stands here instead of a map may be a secret address, so it is not repeated.
  if (item.kind !== 'map') {
    const message = `${item.place.path} is not a map; each notification says whom it goes to.`
    const fix = `notify: [{ to: ntfy, url: "\${env:NTFY_TOPIC}" }]`
    findings.problem({ code: 'VALUE_TYPE', at: item.place, message, fix })
    return undefined
  }
  const map = readMap(item, findings)
  if (map === undefined) return undefined
  const to = entryOf(map, 'to')
  if (to === undefined) missingKey(map, 'to', findings)
  if (to?.kind === 'scalar' && URL.canParse(String(to.value))) {
    const message = `${to.place.path} is an address; it must be one of: ${Object.keys(notifiers).join(', ')}.`
    findings.problem({ code: 'VALUE_UNKNOWN', at: to.place, message, fix: `to: webhook, url: \${env:NOTIFY_URL}` })
    return undefined
  }
  const name = readOneOf(to, Object.keys(notifiers), findings)
  if (name === undefined) return undefined
  const rest = without(map, OWN_KEYS)
  const options = plainOf(rest) as Record<string, unknown>
  const entry = (notifiers as Readonly<Record<string, Entry<unknown>>>)[name] as Entry<unknown>
  refuseSecrets(rest, findings)
  checkOptions(entry, { name, options, node: rest, at: item.place, findings })
  notePublicTopic(name, rest, findings)
  return { name, options, ...readEvents(map, findings) }
}

function readEvents(map: LocatedMap, findings: Findings): Pick<NotifySpec, 'on' | 'stalledMs'> {
  const node = ON.map((key) => entryOf(map, key)).find((found) => found !== undefined)
  const stalled = entryOf(map, 'stalled')
  const named = readItems(node).flatMap((item) => readOneOf(item, EVENTS, findings) ?? [])
  const on = node === undefined ? DEFAULT_EVENTS : named
  // Whoever gives the time wants to be told.
  const all = stalled === undefined ? on : [...on, 'stalled' as const]
  return { on: [...new Set(all)], stalledMs: readDuration(stalled, findings) ?? STALLED_MS }
}

/** A secret in the file would be copied into runs/, and stay there. The value itself is never printed. */
function refuseSecrets(options: LocatedMap, findings: Findings): void {
  for (const { key, value } of options.entries) {
    for (const item of readItems(value)) {
      if (item.kind !== 'scalar' || typeof item.value !== 'string' || !isSecret(key, item.value)) continue
      const host = hostOf(item.value)
      const seen = host === undefined ? 'looks like a secret' : `is an address of ${host} that looks like a secret`
      const message = `${value.place.path} ${seen}; what stands in a sweep file is kept in runs/. Put it into an environment variable.`
      const fix = `${key}: \${env:${variableFor(key, host)}}`
      findings.problem({ code: 'SECRET_IN_FILE', at: item.place, message, fix })
    }
  }
}

function variableFor(key: string, host: string | undefined): string {
  if (host?.endsWith('slack.com')) return 'SLACK_WEBHOOK'
  if (/discord(app)?\.com$/.test(host ?? '')) return 'DISCORD_WEBHOOK'
  return key === 'url' ? 'NOTIFY_URL' : `NOTIFY_${key.toUpperCase()}`
}

/** On the public server the name of a topic is its only password. */
function notePublicTopic(name: string, options: LocatedMap, findings: Findings): void {
  const url = entryOf(options, 'url')
  if (name !== 'ntfy' || url?.kind !== 'scalar' || typeof url.value !== 'string') return
  if (hostOf(url.value) !== 'ntfy.sh' || entryOf(options, 'token') !== undefined) return
  findings.note(
    url.place,
    `everybody who knows this topic of ntfy.sh can read it; url: \${env:NTFY_TOPIC} keeps it to yourself.`,
  )
}
