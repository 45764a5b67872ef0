import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import type { StopReason } from '../executor.ts'
import type { AttemptLine } from './attempt-record.ts'

/** An attempt as its keeper is told of it. Environment: what differs from the keeper's own, to keep messages small. */
export interface StartRequest {
  readonly trial: number
  readonly attempt: number
  readonly argv: readonly string[]
  readonly cwd: string
  readonly set: Readonly<Record<string, string>>
  readonly unset: readonly string[]
  readonly stdout: string
  readonly stderr: string
  readonly graceMs: number
  readonly nice?: number
  /** Begins when those with the same turn that came before have ended. */
  readonly turn?: string
}

/** Orchestrator to keeper. */
export type KeeperRequest =
  | { readonly start: StartRequest }
  /** Only if its turn has not come. */
  | { readonly recall: { readonly trial: number; readonly attempt: number } }
  | { readonly stop: { readonly trial: number; readonly attempt: number; readonly reason: StopReason } }
  /** The channel closes next, because the orchestrator lets go and not because it died. */
  | { readonly letGo: true }
  | { readonly kill: { readonly trial: number; readonly attempt: number } }

/** Keeper to orchestrator: `ready` once, then the lines that it has just written to the record. */
export type KeeperAnswer = { readonly ready: true } | AttemptLine

/** The file descriptor of the channel in the keeper. */
export const CHANNEL_FD = 3

/**
 * @param take is given the messages of a chunk in their order
 * @returns what takes the chunks of a channel; what is left of a line when the channel ends is never handed out
 */
export function messageReader<Message>(take: (messages: Message[]) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() as string
    if (lines.length > 0) take(lines.map((line) => JSON.parse(line) as Message))
  }
}

/** Messages that are sent together. A write wakes the other process, which costs both more than what the message says. */
export class Outbox {
  readonly #channel: Socket
  #waiting = ''

  constructor(channel: Socket) {
    this.#channel = channel
  }

  add(message: KeeperRequest | KeeperAnswer): void {
    this.#waiting += `${JSON.stringify(message)}\n`
  }

  get isEmpty(): boolean {
    return this.#waiting === ''
  }

  readonly send = (): void => {
    if (this.#waiting === '') return
    this.#channel.write(this.#waiting)
    this.#waiting = ''
  }
}
