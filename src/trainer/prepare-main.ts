import { BugError, SweepError } from '../base/errors.ts'
import { checkEncoders, prepareEncoders } from './prepare-encoders.ts'

/**
 * The process in its mode before a sweep: a JSON list of params comes on stdin. Lines for people go to stdout; with
 * `--check` nothing is done and the last line is JSON: what a person should know, and why a start would be in vain. An error ends it with one
 * line of JSON on stderr.
 *
 * @returns the exit code
 */
export async function prepareMain(argv: readonly string[]): Promise<number> {
  try {
    let input = ''
    for await (const chunk of process.stdin) input += String(chunk)
    const trials = JSON.parse(input) as Record<string, unknown>[]
    const say = (line: string) => process.stdout.write(`${line}\n`)
    if (argv.includes('--check')) {
      const { notes, refusal } = checkEncoders(trials)
      say(JSON.stringify({ notes, ...(refusal && { refusal: plain(refusal) }) }))
    } else await prepareEncoders(trials, say)
    return 0
  } catch (error) {
    const known = error instanceof SweepError ? error : new BugError(String((error as Error)?.stack ?? error))
    process.stderr.write(`${JSON.stringify(plain(known))}\n`)
    return known.exitCode
  }
}

const plain = ({ code, message, exitCode, suggestions }: SweepError) => ({ code, message, exitCode, suggestions })
