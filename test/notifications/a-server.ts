import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface FakeServer {
  /** `http://127.0.0.1:4711` */
  readonly url: string
  readonly received: Received[]
}

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

export interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A real server on this machine; `answers` are given in turn, the last one for ever; 'silence' answers nothing. */
export async function fakeServer(...answers: readonly (Answer | 'silence')[]): Promise<FakeServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (data) => {
      body += data
    })
    request.on('end', () => {
      const answer = answers[Math.min(received.length, answers.length - 1)] ?? { status: 200 }
      received.push({ path: request.url ?? '', headers: request.headers, body })
      if (answer === 'silence') return
      response.writeHead(answer.status, answer.headers).end(answer.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}
