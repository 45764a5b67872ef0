import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import { type DeliverOptions, deliver, deliveryWarnings } from '../../src/notifications/deliver.ts'
import { notifiers } from '../../src/notifications/index.ts'
import type { Message } from '../../src/notifications/notifier.ts'
import type { NotifySpec } from '../../src/trial/sweep-spec.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { fakeServer } from './a-server.ts'

const message: Message = {
  format: 1,
  event: 'end',
  sweep: 'gamma.3',
  level: 'good',
  title: 'gamma.3 finished: f1 0.81 — ähnlich <gut> & besser',
  lines: ['1. #5 gamma 2: 0.81', 'Trials: 12 completed.', '', 'Report: /runs/gamma.3/report.html'],
  facts: { trials: { completed: 12 }, report: '/runs/gamma.3/report.html' },
}

/** Waits no longer than it must: back-off of seconds passes at once. */
const quick: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms >= 60_000 ? ms : ms / 100, signal) }

function to(name: keyof typeof notifiers, options: Record<string, unknown>): NotifySpec {
  notifiers[name].create(options)
  return { name, options, on: ['end'], stalledMs: 60_000 }
}

const sent = (targets: NotifySpec[], options: Partial<DeliverOptions> = {}) =>
  deliver(message, targets, { env: process.env, clock: quick, withinMs: 60_000, ...options })

describe('messages by webhook', () => {
  it('arrive as plain JSON where the host is not known', async () => {
    const { url, received } = await fakeServer({ status: 204 })
    expect(await sent([to('webhook', { url: `${url}/hook` })])).toEqual([
      { to: `webhook ${new URL(url).host}`, delivered: true, attempts: 1 },
    ])
    expect(received[0]?.path).toBe('/hook')
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(message)
  })

  it('arrive as Slack and Discord want them, with what means something there taken as text', async () => {
    const { url, received } = await fakeServer({ status: 200, body: 'ok' })
    await sent([to('webhook', { url, format: 'slack' })])
    await sent([to('webhook', { url, format: 'discord' })])
    const [slack, discord] = received.map(({ body }) => JSON.parse(body))
    expect(slack.text).toContain('*gamma.3 finished: f1 0.81 — ähnlich &lt;gut&gt; &amp; besser*\n1. #5 gamma 2: 0.81')
    expect(discord).toMatchObject({ allowed_mentions: { parse: [] } })
    expect(discord.content).toMatch(/^\*\*gamma\.3 finished.*\\>/)
  })

  it('take the address and the token from the environment', async () => {
    const { url, received } = await fakeServer({ status: 200 })
    const env = { HOOK: `${url}/services/T0/B0/s3cr3tPart`, TOKEN: 'tk_12345' }
    const reference = (name: string) => `\${env:${name}}`
    const [delivery] = await sent([to('webhook', { url: reference('HOOK'), token: reference('TOKEN') })], { env })
    expect(delivery?.delivered).toBe(true)
    expect(received[0]).toMatchObject({
      path: '/services/T0/B0/s3cr3tPart',
      headers: { authorization: 'Bearer tk_12345' },
    })
  })
})

describe('what goes wrong with a message', () => {
  it('is tried again with pauses when the server has a bad moment', async () => {
    const { url, received } = await fakeServer(
      { status: 503 },
      { status: 429, headers: { 'retry-after': '1' } },
      { status: 200 },
    )
    expect(await sent([to('ntfy', { url })])).toMatchObject([{ delivered: true, attempts: 3 }])
    expect(received).toHaveLength(3)
  })

  it('is not tried again when the server says no, and ends after three attempts when it never answers well', async () => {
    const [no, never] = [await fakeServer({ status: 404, body: 'no such topic' }), await fakeServer({ status: 500 })]
    const deliveries = await sent([to('ntfy', { url: no.url }), to('webhook', { url: never.url })])
    expect(deliveries).toMatchObject([
      { delivered: false, attempts: 1, problem: `${new URL(no.url).host} answered 404: no such topic` },
      { delivered: false, attempts: 3 },
    ])
    expect(never.received).toHaveLength(3)
    expect(deliveryWarnings(deliveries)[0]).toMatch(
      /^A message by ntfy 127.* was not delivered: .*The sweep is not affected/,
    )
  })

  it('takes no longer than it may: a server that does not answer is left', async () => {
    const { url } = await fakeServer('silence')
    const began = performance.now()
    const [delivery] = await sent([to('webhook', { url })], { clock: systemClock, withinMs: 200 })
    expect(delivery).toMatchObject({ delivered: false, problem: expect.stringContaining('did not answer in time') })
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it('never shows the address, a token or what a server or program says of them', async () => {
    const secret = 'T00000000/B00000000/sEcReTsEcReT'
    const { url } = await fakeServer({ status: 403, body: `no webhook /services/${secret} for tk_98765` })
    const env = {
      ...process.env,
      HOOK: `${url}/services/${secret}`,
      PART: `services/${secret}`,
      DEAD: `http://127.0.0.1:1/${secret}`,
    }
    const deliveries = await sent(
      [
        to('webhook', { url: `${url}/\${env:PART}` }),
        to('webhook', { url: `\${env:DEAD}` }),
        to('webhook', { url: `\${env:NOT_SET}` }),
        to('command', { command: ['sh', '-c', 'echo "bad: $0" >&2; exit 1', `\${env:PART}`] }),
        to('webhook', { url: `ftp://\${env:PART}` }),
      ],
      { env },
    )
    expect(deliveries.every(({ delivered }) => !delivered)).toBe(true)
    expect(JSON.stringify(deliveries)).not.toMatch(/sEcReT/)
    expect(deliveries.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('answered 403: no webhook /$PART'),
      '127.0.0.1:1 could not be reached (the connection failed)',
      'the environment variable NOT_SET is not set',
      'sh exited with 1: bad: $PART',
      'its address is not a URL that begins with https:// or http://',
    ])
  })

  it('does not follow a redirect, which could carry the message elsewhere', async () => {
    const elsewhere = await fakeServer({ status: 200 })
    const { url } = await fakeServer({ status: 307, headers: { location: elsewhere.url } })
    expect(await sent([to('webhook', { url })])).toMatchObject([{ delivered: false, attempts: 1 }])
    expect(elsewhere.received).toEqual([])
  })
})

describe('messages by ntfy', () => {
  it('have title, tags and priority in headers, and a body that ntfy does not make an attachment', async () => {
    const { url, received } = await fakeServer({ status: 200 })
    const long = { ...message, lines: ['ü'.repeat(6000)] }
    await deliver(long, [to('ntfy', { url: `${url}/topic` })], { env: {}, clock: quick, withinMs: 60_000 })
    expect(received[0]?.headers).toMatchObject({ priority: '3', tags: 'white_check_mark' })
    expect(received[0]?.headers.title).toMatch(/^=\?UTF-8\?B\?[\w+/=]+\?=/)
    expect(Buffer.byteLength(received[0]?.body ?? '')).toBeLessThan(4096)
  })
})

describe('messages by command', () => {
  it('run a program without a shell, with JSON on stdin and the essentials in variables', async () => {
    const folder = temporaryFolder()
    const script = 'cat > "$0/stdin"; printf "%s|%s|%s" "$SWEEP_EVENT" "$SWEEP_ID" "$SWEEP_REPORT" > "$0/vars"'
    expect(await sent([to('command', { command: ['sh', '-c', script, folder] })])).toMatchObject([{ delivered: true }])
    expect(JSON.parse(readFileSync(join(folder, 'stdin'), 'utf8'))).toEqual(message)
    expect(readFileSync(join(folder, 'vars'), 'utf8')).toBe('end|gamma.3|/runs/gamma.3/report.html')
  })

  it('that hang are ended with everything they started, and those that do not read lose nothing', async () => {
    const folder = temporaryFolder()
    const hangs = to('command', { command: ['sh', '-c', 'sh -c "sleep 1; touch $0/late" & wait', folder] })
    const deaf = to('command', { command: ['true'] })
    const [first, second] = await sent([hangs, deaf], { clock: systemClock, withinMs: 300 })
    expect(first).toMatchObject({ delivered: false, problem: expect.stringContaining('did not end') })
    expect(second?.delivered).toBe(true)
    await systemClock.sleep(1100)
    expect(existsSync(join(folder, 'late'))).toBe(false)
    expect(await sent([to('command', { command: ['/no/such/program'] })])).toMatchObject([
      { problem: '/no/such/program could not be started (ENOENT)' },
    ])
  })
})

describe('messages by mail', () => {
  it('go through the sendmail of the machine as mails that every reader shows right', async () => {
    const folder = temporaryFolder()
    const sendmail = fakeSendmail(folder, 0)
    const options = { address: ['me@example.org', `\${env:BOSS}`], from: 'sweep@example.org', sendmail }
    const env = { ...process.env, BOSS: 'boss@example.org' }
    expect(await sent([to('email', options)], { env })).toMatchObject([{ to: 'email', delivered: true }])
    expect(readFileSync(join(folder, 'args'), 'utf8').trim()).toBe('-t -i')
    const mail = readFileSync(join(folder, 'mail'), 'utf8')
    const head = mail.slice(0, mail.indexOf('\n\n'))
    expect(head).toMatch(/^From: sweep@example\.org\nTo: me@example\.org,\n boss@example\.org\nSubject: =\?UTF-8\?B\?/)
    expect(head).toMatch(/\nDate: \w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000\nMessage-ID: <[^@\s]+@[^>\s]+>\n/)
    expect(head.split('\n').every((line) => /^[\x20-\x7e]{1,998}$/.test(line))).toBe(true)
    const words = [...head.matchAll(/=\?UTF-8\?B\?([^?]+)\?=/g)].map(([, text = '']) =>
      Buffer.from(text, 'base64').toString(),
    )
    expect(words.join('')).toBe(message.title)
    expect(head).toContain('Content-Transfer-Encoding: 7bit')
    expect(mail.slice(head.length)).toBe(`\n\n${message.lines.join('\n')}\n`)
  })

  it('cannot be given another header by a title or an address', async () => {
    const folder = temporaryFolder()
    const sendmail = fakeSendmail(folder, 0)
    const evil = { ...message, title: 'a\nBcc: all@example.org\r\n\r\nhello', lines: ['ü'] }
    await deliver(evil, [to('email', { address: 'me@example.org', sendmail })], {
      env: process.env,
      clock: quick,
      withinMs: 60_000,
    })
    const mail = readFileSync(join(folder, 'mail'), 'utf8')
    expect(mail).toContain('Subject: a Bcc: all@example.org hello\n')
    expect(mail).toMatch(/base64\n[^\n]+\n\n[\w+/=]+\n$/)
    const bad = await sent([to('email', { address: 'me@example.org\nBcc: x@y.z', sendmail })])
    expect(bad).toMatchObject([{ delivered: false, problem: 'one of its addresses is not of the form name@host' }])
  })

  it('are tried again when sendmail says that it may work later', async () => {
    const folder = temporaryFolder()
    const sendmail = fakeSendmail(folder, 75)
    expect(await sent([to('email', { address: 'me@example.org', sendmail })])).toMatchObject([
      { delivered: false, attempts: 3 },
    ])
  })
})

function fakeSendmail(folder: string, code: number): string {
  const path = join(folder, 'sendmail')
  writeFileSync(path, `#!/bin/sh\necho "$@" > '${folder}/args'\ncat > '${folder}/mail'\nexit ${code}\n`)
  chmodSync(path, 0o755)
  return path
}
