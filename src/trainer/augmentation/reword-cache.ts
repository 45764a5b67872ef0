import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { acquireLock } from '../../base/identity-lock.ts'
import { parseObject } from '../../base/ndjson.ts'
import type { Wordings } from './altered-copies.ts'
import { askProgram } from './reword-command.ts'

/** Between two looks at the lock of another trial that is asking the same. */
const LOOK_AGAIN = 500

/** A program's own files count by content up to this size; larger ones are models, by size and time. */
const HASHED_BYTES = 1 << 20

const lineSchema = z.object({ text: z.string(), asked: z.number(), texts: z.array(z.string()) })

interface Known {
  /** How many answers were asked for; fewer may have come. */
  readonly asked: number
  readonly texts: readonly string[]
}

export interface CachedCommand {
  /** argv. */
  readonly command: readonly string[]
  /** Where answers are kept; made when it is missing. */
  readonly folder: string
  /** A line for people. */
  say(text: string): void
}

/**
 * Asks the program only for what it was never asked for. Answers are kept by command, the content of the files that it
 * names, and text; trials that run side by side wait for the one that asks.
 *
 * @throws like {@link askProgram}
 */
export function cachedWordings({ command, folder, say }: CachedCommand): Wordings {
  const name = join(folder, commandKey(command))
  const file = `${name}.jsonl`
  return async (texts, answers) => {
    mkdirSync(folder, { recursive: true })
    const lock = await waitFor(`${name}.lock`, say)
    try {
      const known = readKnown(file)
      const missing = [...new Set(texts)].filter((text) => (known.get(text)?.asked ?? 0) < answers)
      if (missing.length > 0) {
        say(
          `asking augment_command for ${answers} wordings of ${missing.length} texts (${texts.length - missing.length} are known)`,
        )
        const found = await askProgram(command, { texts: missing, answers })
        for (const [i, text] of missing.entries()) known.set(text, { asked: answers, texts: found[i] as string[] })
        const lines = [...known].map(([text, answer]) => JSON.stringify({ text, ...answer }))
        writeFileAtomic(file, `${lines.join('\n')}\n`)
      }
      return texts.map((text) => known.get(text)?.texts.slice(0, answers) ?? [])
    } finally {
      lock.release()
    }
  }
}

/** What decides the answers, as far as it can be known from outside. */
function commandKey(command: readonly string[]): string {
  const files = command.map((word) => {
    if (!existsSync(word) || !statSync(word).isFile()) return ''
    const { size, mtimeMs } = statSync(word)
    return size <= HASHED_BYTES ? createHash('sha256').update(readFileSync(word)).digest('hex') : `${size} ${mtimeMs}`
  })
  return createHash('sha256')
    .update(JSON.stringify([command, files]))
    .digest('hex')
    .slice(0, 32)
}

async function waitFor(path: string, say: (text: string) => void) {
  let said = false
  for (;;) {
    const lock = acquireLock(path, { about: 'augment_command', durable: false })
    if (!('heldBy' in lock)) return lock
    if (!said) say('another trial is asking augment_command; waiting for its answers')
    said = true
    await wait(LOOK_AGAIN)
  }
}

/** A line that cannot be read counts as not there: its text is asked for again. */
function readKnown(file: string): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const source of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const line = lineSchema.safeParse(parseObject(source))
    if (line.success) known.set(line.data.text, line.data)
  }
  return known
}
