import { BugError, SweepError } from '../../base/errors.ts'
import { predict } from './predict.ts'
import { type PredictionEvent, predictionRequestSchema } from './request.ts'

/**
 * The process in its other mode: a request comes on stdin, rows go to stdout or a file, and what happens is told as
 * messages to the parent (as JSON lines on stderr without one).
 *
 * @returns the exit code: 0 also when some rows could not be read, which is for the parent to judge
 */
export async function predictMain(): Promise<number> {
  // Whoever reads stdout may stop reading; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3))
  // Half an output file goes with the process (output-file.ts); a parent that has gone wants no more of it.
  for (const name of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(name, () => process.exit(130))
  try {
    const request = predictionRequestSchema.safeParse(JSON.parse(await everything(process.stdin)))
    if (!request.success) throw new BugError(`A request to predict has a wrong form: ${request.error.message}.`)
    await tell({ event: 'done', ...(await predict(request.data, (event) => void tell(event))) })
    return 0
  } catch (error) {
    const known = error instanceof SweepError ? error : new BugError(String((error as Error)?.stack ?? error))
    const { code, message, exitCode, suggestions } = known
    // Reading data is shared with training, and says so.
    const text = message.replace(/Nothing was trained\.$/, 'Nothing was predicted.')
    await tell({ event: 'error', code, message: text, exitCode, suggestions })
    return exitCode
  } finally {
    process.removeAllListeners('disconnect')
    if (process.connected) process.disconnect()
  }
}

function tell(event: PredictionEvent): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(event, undefined, undefined, () => resolve())
    else process.stderr.write(`${JSON.stringify(event)}\n`, () => resolve())
  })
}

async function everything(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}
