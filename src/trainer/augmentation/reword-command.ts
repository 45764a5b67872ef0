import { spawn } from 'node:child_process'
import { z } from 'zod'
import { EnvironmentError, TrialFailure } from '../../base/errors.ts'
import { parseObject } from '../../base/ndjson.ts'

const answerSchema = z.object({ id: z.number().int().min(0), texts: z.array(z.string()) })

/** Characters of the program's stderr that an error shows, from its end. */
const TAIL = 600

/**
 * Asks a program of the user's for other wordings: translation there and back, masked words replaced, paraphrases.
 *
 * It gets one line of JSON a text, `{"id": 0, "text": "...", "answers": 3}`, and the end of its input; it writes one a
 * text, `{"id": 0, "texts": ["...", "..."]}`, in any order, and ends with 0. A text may be left out or have fewer
 * answers. Its stderr is shown only when it fails. No shell is involved.
 *
 * @returns by text, its answers
 * @throws {EnvironmentError} REWORD_NOT_STARTED
 * @throws {TrialFailure} REWORD_FAILED, REWORD_ANSWER
 */
export async function askProgram(
  command: readonly string[],
  { texts, answers }: { readonly texts: readonly string[]; readonly answers: number },
): Promise<string[][]> {
  const [program, ...args] = command as [string, ...string[]]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const die = () => child.kill('SIGKILL')
  process.once('exit', die)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-TAIL)
  })
  // A program that ends early closes the pipe; how it ended says more than that.
  child.stdin.on('error', () => {})
  for (const [id, text] of texts.entries()) child.stdin.write(`${JSON.stringify({ id, text, answers })}\n`)
  child.stdin.end()
  try {
    const end = await new Promise<string | number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(signal ?? code))
    })
    if (end !== 0) throw failed(command, end, stderr)
  } catch (error) {
    if (error instanceof TrialFailure) throw error
    const message = `augment_command cannot be started: ${(error as Error).message}. Nothing was trained.`
    const suggestions = [`Try the same by hand: ${command.join(' ')}`]
    throw new EnvironmentError(message, { code: 'REWORD_NOT_STARTED', suggestions, cause: error })
  } finally {
    process.removeListener('exit', die)
  }
  return answersIn(stdout, texts.length, answers)
}

function failed(command: readonly string[], end: string | number | null, stderr: string): TrialFailure {
  const how = typeof end === 'string' ? `was killed by ${end}` : `ended with ${end}`
  const said = stderr.trim() === '' ? 'It wrote nothing to stderr.' : `The end of its stderr:\n${stderr.trim()}`
  const message = `augment_command (${command.join(' ')}) ${how}. Nothing was trained. ${said}`
  return new TrialFailure(message, { code: 'REWORD_FAILED' })
}

function answersIn(stdout: string, texts: number, answers: number): string[][] {
  const found: string[][] = Array.from({ length: texts }, () => [])
  for (const [line, source] of stdout.split('\n').entries()) {
    if (source.trim() === '') continue
    const answer = answerSchema.safeParse(parseObject(source))
    if (!answer.success || answer.data.id >= texts) {
      const message =
        `augment_command answered in line ${line + 1}: ${source.slice(0, 80)}. Expected {"id": 0, "texts": ["..."]} ` +
        `with an id below ${texts}. Nothing was trained.`
      throw new TrialFailure(message, { code: 'REWORD_ANSWER' })
    }
    found[answer.data.id] = answer.data.texts.slice(0, answers)
  }
  return found
}
