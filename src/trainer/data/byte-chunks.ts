import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UserError } from '../../base/errors.ts'
import { nearest } from '../../base/nearest.ts'

const CHUNK_BYTES = 1 << 20

/** What `encoding:` may be, beside the default: UTF-8, or UTF-16 where the file begins with its mark. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'windows-1253', 'iso-8859-7'] as const

export type Encoding = (typeof ENCODINGS)[number]

type Decoder = InstanceType<typeof TextDecoder>

/**
 * The bytes of a file in pieces, so that its size does not matter.
 *
 * @throws {UserError} DATA_FILE_MISSING when it cannot be read
 */
export function* fileChunks(file: string, size = CHUNK_BYTES): Generator<Buffer> {
  const fd = atFile(file, () => openSync(file, 'r'))
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(size)
      const bytes = atFile(file, () => readSync(fd, chunk, 0, size, null))
      if (bytes === 0) return
      yield chunk.subarray(0, bytes)
    }
  } finally {
    closeSync(fd)
  }
}

/**
 * The same text as UTF-8 without a byte order mark. What is not UTF-8 is left as it is when no other encoding is named
 * by the mark or the person: whoever reads the lines reports it.
 *
 * @throws {UserError} DATA_NOT_UTF8 for what the encoding does not have, and for UTF-16 that nothing announces
 */
export function* utf8Chunks(
  chunks: Iterable<Buffer>,
  { file, encoding }: { readonly file: string; readonly encoding?: Encoding | undefined },
): Generator<Buffer> {
  let decoder: Decoder | undefined
  let lines = 0
  let isFirst = true
  for (const chunk of chunks) {
    const marked = isFirst ? markOf(chunk) : undefined
    const chosen = encoding ?? marked?.encoding ?? 'utf-8'
    if (isFirst && chosen !== 'utf-8') decoder = new TextDecoder(chosen, { fatal: true })
    if (isFirst && !decoder) refuseUtf16(chunk, file)
    isFirst = false
    if (!decoder) {
      yield marked?.encoding === 'utf-8' ? chunk.subarray(marked.bytes) : chunk
      continue
    }
    const text = decoded(decoder, chunk, { file, lines })
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
    yield Buffer.from(text, 'utf8')
  }
  // Not streamed: half a character at the end is one too many.
  if (decoder) decoded(decoder, Buffer.alloc(0), { file, lines, isLast: true })
}

function markOf(start: Buffer): { encoding: Encoding; bytes: number } | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return { encoding: 'utf-8', bytes: 3 }
  if (start[0] === 0xff && start[1] === 0xfe) return { encoding: 'utf-16le', bytes: 2 }
  return start[0] === 0xfe && start[1] === 0xff ? { encoding: 'utf-16be', bytes: 2 } : undefined
}

/** Latin letters in UTF-16 have a zero as every other byte; UTF-8 texts have none. */
function refuseUtf16(start: Buffer, file: string): void {
  const head = start.subarray(0, 1000)
  const zeros = (from: number) => head.filter((byte, i) => i % 2 === from && byte === 0).length
  const [even, odd] = [zeros(0), zeros(1)]
  if (even + odd < head.length / 8) return
  const message = `The data file ${file} looks like UTF-16 without a byte order mark. Nothing was trained.`
  const fix = `data.encoding: ${odd > even ? 'utf-16le' : 'utf-16be'}`
  throw new UserError(message, { code: 'DATA_NOT_UTF8', suggestions: [fix] })
}

function decoded(
  decoder: Decoder,
  chunk: Buffer,
  { file, lines, isLast }: { file: string; lines: number; isLast?: boolean },
): string {
  try {
    return decoder.decode(chunk, { stream: isLast !== true })
  } catch (cause) {
    const message = `The data file ${file} is not ${decoder.encoding} after line ${lines}. Nothing was trained.`
    throw new UserError(message, { code: 'DATA_NOT_UTF8', suggestions: ['data.encoding: utf-8'], cause })
  }
}

function atFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `The data file ${file} cannot be read (${reason}). Nothing was trained.`
    throw new UserError(message, {
      code: 'DATA_FILE_MISSING',
      suggestions: [
        ...nearNames(file),
        `A path that is not absolute starts at the working folder, here ${process.cwd()}.`,
      ],
      cause,
    })
  }
}

/** Files of the same folder that may have been meant. */
function nearNames(file: string): string[] {
  try {
    return nearest(basename(file), readdirSync(dirname(file)))
      .slice(0, 1)
      .map((name) => join(dirname(file), name))
  } catch {
    return []
  }
}
