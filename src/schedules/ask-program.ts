import { execa } from 'execa'
import { EnvironmentError } from '../base/errors.ts'

export interface Answer {
  readonly ok: boolean
  readonly stdout: string
  /** What it said of a failure: stderr, or stdout, or why it could not be run; one line. */
  readonly words: string
  /** There is no such program. */
  readonly absent: boolean
}

const ANSWERS_WITHIN_MS = 15_000

/**
 * Asks a program of the system, such as systemctl or crontab, in a language that we can read. Never throws.
 *
 * @param input and the answer are bytes as characters: what is not ours to read may be in any encoding
 */
export async function ask(argv: readonly [string, ...string[]], input?: string): Promise<Answer> {
  const [file, ...args] = argv
  const { failed, stdout, stderr, code, shortMessage, timedOut } = await execa(file, args, {
    reject: false,
    timeout: ANSWERS_WITHIN_MS,
    env: { LC_ALL: 'C' },
    stripFinalNewline: false,
    encoding: 'latin1',
    ...(input === undefined ? { stdin: 'ignore' } : { input: Buffer.from(input, 'latin1') }),
  })
  const words = timedOut
    ? `${file} did not answer within ${ANSWERS_WITHIN_MS / 1000} s`
    : [stderr, stdout, shortMessage ?? ''].map(firstLine).find((line) => line !== '')
  return { ok: !failed, stdout, words: words ?? '', absent: code === 'ENOENT' }
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim()
      .replace(/\.$/, '') ?? ''
  )
}

/** @throws {EnvironmentError} INSTALL_FAILED with the program's own words */
export async function insist(argv: readonly [string, ...string[]], input?: string): Promise<string> {
  const { ok, stdout, words } = await ask(argv, input)
  if (ok) return stdout
  throw new EnvironmentError(`${argv.join(' ')} failed: ${words}.`, {
    code: 'INSTALL_FAILED',
    suggestions: ['another way of being woken: --with crontab, --with none'],
  })
}
