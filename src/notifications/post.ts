import { Undelivered } from './notifier.ts'
import { hostOf, masked } from './secrets.ts'

/** One request; what stands in `options` as references is taken out of all that is said of its failure. */
export interface PostRequest {
  /** A secret. */
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly options: unknown
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Milliseconds that one request may take. */
const PATIENCE_MS = 10_000
const LONGEST_ANSWER = 160

/** @throws {Undelivered} when it did not get a 2xx answer; names the host and never the address */
export async function post(request: PostRequest): Promise<void> {
  const host = hostOf(request.url)
  if (host === undefined || !/^https?:/.test(request.url)) {
    throw new Undelivered('its address is not a URL that begins with https:// or http://', { again: false })
  }
  const response = await answered(request, host)
  if (response.ok) return void (await response.body?.cancel().catch(() => undefined))
  const said = await answerOf(response)
  const words = `${host} answered ${response.status}${said === '' ? '' : `: ${masked(said, request.options, request.env)}`}`
  const again = response.status >= 500 || response.status === 429 || response.status === 408
  const afterMs = secondsOf(response.headers.get('retry-after')) * 1000
  throw new Undelivered(words, { again, ...(Number.isFinite(afterMs) ? { afterMs } : {}) })
}

async function answered({ url, body, headers, signal }: PostRequest, host: string): Promise<Response> {
  const limit = AbortSignal.timeout(PATIENCE_MS)
  try {
    // A redirect could carry the message, and what is secret in it, to somebody else.
    return await fetch(url, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit]),
    })
  } catch (error) {
    if (limit.aborted) throw new Undelivered(`${host} did not answer within ${PATIENCE_MS / 1000} s`, { again: true })
    if (signal.aborted) throw new Undelivered(`${host} did not answer in time`, { again: false })
    // The message of the error may hold the address, its code does not.
    const { code = 'the connection failed' } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    throw new Undelivered(`${host} could not be reached (${code})`, { again: true })
  }
}

/** The beginning of what it said, on one line. */
async function answerOf(response: Response): Promise<string> {
  try {
    const text = await response.text()
    return text
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .slice(0, LONGEST_ANSWER)
  } catch {
    return ''
  }
}

const secondsOf = (header: string | null) => (header === null ? Number.NaN : Number(header))
