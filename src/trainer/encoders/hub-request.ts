import { EnvironmentError } from '../../base/errors.ts'
import type { Environment } from './model-folder.ts'

/** A file's bytes on their way, and what the hub says of it. */
export interface HubAnswer {
  readonly response: Response
  /** Names the content; 64 hexadecimal digits are its SHA-256. Undefined when the hub does not say. */
  readonly etag: string | undefined
}

/** How often a file's address leads to another one; the hub's large files lie elsewhere. */
const MOST_REDIRECTS = 5
/** Until the first byte. */
const PATIENCE_MS = 30_000

/** Where the hub is: a company may have its own. */
export const hubEndpoint = (env: Environment) => (env.HF_ENDPOINT ?? 'https://huggingface.co').replace(/\/+$/, '')

/**
 * Asks the hub, following its redirects by hand: the token of HF_TOKEN goes to the hub's own host and to no other, and
 * stands in no message.
 *
 * @param from byte to begin at, where the server allows it
 * @throws {EnvironmentError} ENCODER_DOWNLOAD when the network or the hub refuses
 */
export async function askHub(path: string, env: Environment, from = 0): Promise<HubAnswer> {
  const endpoint = hubEndpoint(env)
  let url = new URL(`${endpoint}${path}`)
  let etag: string | undefined
  for (let i = 0; i <= MOST_REDIRECTS; i++) {
    const response = await answered(url, headersFor(url, { endpoint, env, from }))
    etag ??= plainEtag(response.headers.get('x-linked-etag') ?? (response.ok ? response.headers.get('etag') : null))
    // Nothing is left after `from` when the last start was killed after its last byte: then all of it once more.
    if (response.status === 416 && from > 0) {
      await response.body?.cancel()
      return askHub(path, env)
    }
    const next = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null
    if (next === null) return { response: checked(response, url), etag }
    await response.body?.cancel()
    url = new URL(next, url)
  }
  throw refused(`${endpoint}${path} leads from one address to the next`)
}

function headersFor(
  url: URL,
  { endpoint, env, from }: { readonly endpoint: string; readonly env: Environment; readonly from: number },
): Record<string, string> {
  const token = env.HF_TOKEN?.trim()
  const own = url.origin === new URL(endpoint).origin
  return {
    // Compressed content has another length, from which nothing could be resumed.
    'accept-encoding': 'identity',
    'user-agent': 'sweep-gpus',
    ...(from > 0 && { range: `bytes=${from}-` }),
    ...(token && own && { authorization: `Bearer ${token}` }),
  }
}

async function answered(url: URL, headers: Record<string, string>): Promise<Response> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(new Error('no answer')), PATIENCE_MS)
  try {
    return await fetch(url, { headers, redirect: 'manual', signal: giveUp.signal })
  } catch (error) {
    const { message, cause } = error as Error
    const why = cause instanceof Error ? cause.message : message
    throw refused(`${url.origin} cannot be reached (${why || 'no connection'})`)
  } finally {
    clearTimeout(timer)
  }
}

function checked(response: Response, url: URL): Response {
  if (response.ok) return response
  const place = `${url.origin}${url.pathname}`
  if (response.status === 401 || response.status === 403) {
    throw refused(`${place} is not given to everybody (${response.status}), or there is no such model`, [
      'Ask for access on the page of the model, then set HF_TOKEN.',
    ])
  }
  if (response.status === 404) throw refused(`${place} is not there (404)`)
  throw refused(`${place} answered ${response.status} ${response.statusText}`)
}

export function refused(reason: string, suggestions: readonly string[] = []): EnvironmentError {
  return new EnvironmentError(`The model could not be downloaded: ${reason}.`, {
    code: 'ENCODER_DOWNLOAD',
    suggestions,
  })
}

const plainEtag = (etag: string | null) => etag?.replace(/^W\//, '').replaceAll('"', '') || undefined
