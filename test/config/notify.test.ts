import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ProblemsError } from '../../src/base/errors.ts'
import { loadSweep } from '../../src/config/load-sweep.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const reference = (name: string) => `\${env:${name}}`

async function load(lines: string) {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  const text = `method: grid\ncommand: [echo]\nparameters: { x: { values: [1] } }\nmetric: { name: f1, goal: maximize }\n${lines}\n`
  writeFileSync(join(folder, 'sweeps/a.yaml'), text)
  return loadSweep({ folder, sweep: 'a', overrides: [] })
}

async function problems(lines: string) {
  const error = await load(lines).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ProblemsError)
  return error as ProblemsError
}

describe('notify in a sweep file', () => {
  it('names receivers and what each wants to hear; YAML 1.1 takes a bare `on` for true, and it is understood', async () => {
    const { notify } = await load(`notify:
  - to: webhook
    url: ${reference('SLACK_WEBHOOK')}
    on: [end, new_best]
  - { to: email, address: me@example.org, stalled: 45min }
  - to: command
    command: [notify-send, sweep]
    on: stalled`)
    expect(notify).toEqual([
      { name: 'webhook', options: { url: reference('SLACK_WEBHOOK') }, on: ['end', 'new_best'], stalledMs: 1_800_000 },
      {
        name: 'email',
        options: { address: 'me@example.org' },
        on: ['end', 'failure', 'stalled'],
        stalledMs: 2_700_000,
      },
      { name: 'command', options: { command: ['notify-send', 'sweep'] }, on: ['stalled'], stalledMs: 1_800_000 },
    ])
  })

  it('is absent from the frozen sweep when the file does not have it', async () => {
    expect(Object.keys(await load(''))).not.toEqual(expect.arrayContaining(['notify']))
  })

  it('refuses addresses and tokens that are secrets, says what to write, and never prints them', async () => {
    const secret = 'T0123ABCD/B0123ABCD/q1w2e3r4t5y6u7i8'
    const error = await problems(`notify:
  - { to: webhook, url: "https://hooks.slack.com/services/${secret}" }
  - { to: webhook, url: "https://discord.com/api/webhooks/123/${secret}" }
  - { to: webhook, url: "https://me:pw@example.org/hook" }
  - { to: ntfy, url: "https://ntfy.example.org/t", token: tk_q1w2e3r4 }
  - { to: "https://hooks.slack.com/services/${secret}" }
  - https://hooks.slack.com/services/${secret}`)
    expect(error.problems.map(({ code, fix }) => [code, fix])).toEqual([
      ['SECRET_IN_FILE', `url: ${reference('SLACK_WEBHOOK')}`],
      ['SECRET_IN_FILE', `url: ${reference('DISCORD_WEBHOOK')}`],
      ['SECRET_IN_FILE', `url: ${reference('NOTIFY_URL')}`],
      ['SECRET_IN_FILE', `token: ${reference('NOTIFY_TOKEN')}`],
      ['VALUE_UNKNOWN', expect.stringContaining('to: webhook')],
      ['VALUE_TYPE', expect.any(String)],
    ])
    expect(error.message).not.toMatch(/q1w2e3r4|me:pw/)
  })

  it('lets an address stand that is none, and says that a public topic of ntfy is no secret', async () => {
    const { notes, notify } = await load(`notify:
  - { to: webhook, url: "http://localhost:8080/hook" }
  - { to: ntfy, url: "https://ntfy.sh/my-sweeps" }`)
    expect(notify).toHaveLength(2)
    expect(notes.join()).toMatch(/everybody who knows this topic/)
  })

  it('says what is misspelt or missing, with the line', async () => {
    const { message } = await problems(`notify:
  - { to: webhok, url: "http://a.b/c" }
  - { to: webhook, adress: x }
  - { to: ntfy, url: "http://a.b/c", on: [ende] }
  - { url: "http://a.b/c" }`)
    expect(message).toMatch(/:6: notify.0.to is "webhok".*Try: to: webhook/)
    expect(message).toMatch(/:7: .*"adress" is not an option; its options: url, format, token/)
    expect(message).toMatch(/:8: notify.2.(on|true).0 is "ende".*Known: end, failure, stalled, new_best/)
    expect(message).toMatch(/:9: notify.3 has no to/)
  })
})

describe('disk in a sweep file', () => {
  it('is a size with a unit or bytes', async () => {
    expect((await load('disk: { keep_free: 5GiB }')).disk).toEqual({ keepFreeBytes: 5 * 2 ** 30 })
    expect((await load('disk: { keep_free: 500 MB }')).disk).toEqual({ keepFreeBytes: 5e8 })
    expect((await load('disk: { keep_free: 0 }')).disk).toEqual({ keepFreeBytes: 0 })
    expect((await problems('disk: { keep_free: lots }')).message).toMatch(/must be a size such as 5GiB/)
  })
})
