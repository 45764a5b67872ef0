import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SweepError } from '../../../src/base/errors.ts'
import { openModel } from '../../../src/trainer/encoders/open-model.ts'
import { writeModel } from '../support/model-on-disk.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const TOKEN = 'hf_secretsecret'

/** A request as a server saw it. */
interface Seen {
  readonly url: string
  readonly authorization: string | undefined
  readonly range: string | undefined
}

describe('a model of the hub', () => {
  let folder: string
  let servers: Server[]
  let hub: Seen[]
  let store: Seen[]
  let env: Record<string, string>
  /** The store breaks off after so many bytes, once. */
  let breakAfter: number
  let damaged: boolean
  let said: string[]

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hub-'))
    writeModel(join(folder, 'model'), { files: ['safetensors', 'onnx'] })
    ;[servers, hub, store, said] = [[], [], [], []]
    ;[breakAfter, damaged] = [Number.POSITIVE_INFINITY, false]
    const storeAt = await listening(serveStore)
    const hubAt = await listening((request, response) => serveHub(request, response, storeAt))
    env = { HF_HOME: join(folder, 'home'), HF_ENDPOINT: hubAt, HF_TOKEN: TOKEN }
  })
  afterEach(async () => {
    for (const server of servers) await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true })
  })

  async function listening(serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer((request, response) => {
      response.setHeader('connection', 'close')
      serve(request, response)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  const contentOf = (name: string) => readFileSync(join(folder, 'model', name))
  const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
  const note = (seen: Seen[], { url = '', headers }: IncomingMessage) =>
    seen.push({ url, authorization: headers.authorization, range: headers.range })

  /** Small files are given at once, large ones lead to the store, as on huggingface.co. */
  function serveHub(request: IncomingMessage, response: ServerResponse, storeAt: string): void {
    note(hub, request)
    const { url = '' } = request
    if (url === '/api/models/org/tiny/revision/main') {
      const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors', 'onnx/model.onnx']
      const siblings = [...names, 'pytorch_model.bin'].map((rfilename) => ({ rfilename }))
      response.end(JSON.stringify({ sha: COMMIT, siblings }))
      return
    }
    const name = url.split(`/org/tiny/resolve/${COMMIT}/`)[1]
    if (name === undefined || !existsSync(join(folder, 'model', name))) {
      response.writeHead(url.includes('gated') ? 401 : 404).end()
      return
    }
    const etag = sha256(contentOf(name))
    if (name.endsWith('.json')) response.writeHead(200, { etag: `"${etag.slice(0, 40)}"` }).end(contentOf(name))
    else response.writeHead(302, { location: `${storeAt}/${name}`, 'x-linked-etag': `"${etag}"` }).end()
  }

  function serveStore(request: IncomingMessage, response: ServerResponse): void {
    note(store, request)
    const content = contentOf((request.url ?? '').slice(1))
    if (damaged) content[content.length - 1] = (content.at(-1) ?? 0) ^ 1
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from >= content.length) {
      response.writeHead(416).end()
      return
    }
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from })
    const until = breakAfter
    breakAfter = Number.POSITIVE_INFINITY
    if (until >= content.length) response.end(content.subarray(from))
    else response.write(content.subarray(from, until), () => response.destroy())
  }

  const open = (changes: { runsOnnx?: boolean; use?: 'frozen' | 'fine-tuned'; name?: string } = {}) => {
    const { runsOnnx = false, use = 'frozen', name = 'hf:org/tiny' } = changes
    return openModel(name, { use, runsOnnx, say: (line) => said.push(line), env, folder })
  }

  async function refusalOf(opening: Promise<unknown>): Promise<SweepError> {
    const error = await opening.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (error instanceof SweepError) return error
    throw new Error(`not refused: ${String(error)}`)
  }

  it('is downloaded into the layout of the cache, once, and the token goes to the hub only', async () => {
    const { files, config } = await open()
    const model = join(folder, 'home/hub/models--org--tiny')
    expect(files.folder).toBe(join(model, 'snapshots', COMMIT))
    expect(config).toMatchObject({ type: 'bert', layers: 5 })
    expect(readFileSync(join(model, 'refs/main'), 'utf8')).toBe(COMMIT)
    const weights = join(files.folder, 'model.safetensors')
    expect(readlinkSync(weights)).toBe(`../../blobs/${sha256(contentOf('model.safetensors'))}`)
    expect(readFileSync(weights).equals(contentOf('model.safetensors'))).toBe(true)
    expect(existsSync(join(files.folder, 'onnx/model.onnx'))).toBe(false)
    expect(existsSync(join(files.folder, 'pytorch_model.bin'))).toBe(false)
    expect(hub.every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true)
    expect(store).toEqual([{ url: '/model.safetensors', authorization: undefined, range: undefined }])
    const asked = hub.length
    await open()
    expect(hub.length).toBe(asked)
    expect(said.join('\n')).not.toContain(TOKEN)
    expect(readdirSync(join(model, 'blobs')).filter((name) => name.endsWith('.incomplete'))).toEqual([])
  })

  it('comes as ONNX where that can be run, and with weights that can learn where they are to', async () => {
    const frozen = await open({ runsOnnx: true })
    expect(frozen.files.onnx).toBeDefined()
    expect(frozen.files.safetensors).toEqual([])
    const learning = await open({ runsOnnx: true, use: 'fine-tuned' })
    expect(learning.files.safetensors).toHaveLength(1)
    expect(store.map(({ url }) => url)).toEqual(['/onnx/model.onnx', '/model.safetensors'])
  })

  it('goes on where it was broken off', async () => {
    breakAfter = 1000
    const { code, message } = await refusalOf(open())
    expect(code).toBe('ENCODER_MISSING')
    expect(message).toMatch(/model\.safetensors broke off after/)
    const { files } = await open()
    expect(readFileSync(files.safetensors[0] ?? '').equals(contentOf('model.safetensors'))).toBe(true)
    expect(store.map(({ range }) => range)).toEqual([undefined, 'bytes=1000-'])
  })

  it('is asked for again when all of it had arrived, but was not put in its place', async () => {
    const { files } = await open()
    const [weights = ''] = files.safetensors
    const blobs = join(folder, 'home/hub/models--org--tiny/blobs')
    const asked = sha256(
      Buffer.from(new URL(hub.find(({ url }) => url.endsWith('model.safetensors'))?.url ?? '', 'http://x').pathname),
    ).slice(0, 32)
    renameSync(join(blobs, sha256(contentOf('model.safetensors'))), join(blobs, `${asked}.incomplete`))
    // The link is left, and leads nowhere.
    expect(existsSync(weights)).toBe(false)
    await open()
    expect(readFileSync(weights).equals(contentOf('model.safetensors'))).toBe(true)
    expect(store.map(({ range }) => range)).toEqual([
      undefined,
      `bytes=${contentOf('model.safetensors').length}-`,
      undefined,
    ])
  })

  it('is refused when what arrives is not what the hub names, and nothing of it stays', async () => {
    damaged = true
    expect((await refusalOf(open())).message).toMatch(/arrived damaged/)
    damaged = false
    await open()
  })

  it('is refused with what is missing and how to get it when there is no way to it', async () => {
    const unknown = await refusalOf(open({ name: 'hf:org/other' }))
    expect(unknown.message).toMatch(/org\/other cannot be used: it is not in the cache .*is not there \(404\)/)
    expect((await refusalOf(open({ name: 'hf:org/gated' }))).message).toMatch(/not given to everybody \(401\)/)
    expect((await refusalOf(open({ name: 'hf:a b/../c' }))).message).toMatch(/is no name of a model/)
    env.HF_HUB_OFFLINE = '1'
    const offline = await refusalOf(open())
    expect(offline.message).toMatch(/HF_HUB_OFFLINE forbids to download it/)
    expect(offline.suggestions[0]).toMatch(/huggingface-cli download org\/tiny config\.json tokenizer\.json/)
    const folderOnly = await refusalOf(open({ name: 'hf:./nowhere' }))
    expect(folderOnly.message).toMatch(/there is no folder .*nowhere/)
    env = { HF_HOME: join(folder, 'home'), HF_ENDPOINT: 'http://127.0.0.1:9', HF_TOKEN: TOKEN }
    const silent = await refusalOf(open())
    expect(silent.message).toMatch(/127\.0\.0\.1:9 cannot be reached/)
    for (const { message, suggestions } of [unknown, offline, silent]) {
      expect(`${message} ${suggestions.join(' ')}`).not.toContain(TOKEN)
    }
  })
})
