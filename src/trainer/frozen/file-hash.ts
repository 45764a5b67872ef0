import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'

/**
 * SHA-256 of large files together. Every trial asks for that of the same weights, a second a gigabyte, so the answer is
 * written down under the file's path, size, number and time of change, and asked again when one of them is another.
 *
 * @param cache the folder to write answers into
 */
export async function hashOfLargeFiles(paths: readonly string[], cache: string): Promise<string> {
  const hashes: string[] = []
  for (const path of paths) hashes.push(await hashOfLargeFile(path, cache))
  return hashes.length === 1 ? (hashes[0] as string) : createHash('sha256').update(hashes.join('\n')).digest('hex')
}

async function hashOfLargeFile(path: string, cache: string): Promise<string> {
  const real = realpathSync(path)
  const { size, mtimeNs, ino } = statSync(real, { bigint: true })
  const state = createHash('sha256').update([real, size, mtimeNs, ino].join('\n')).digest('hex')
  const answer = join(cache, 'hashes', state.slice(0, 32))
  const known = read(answer)
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(real, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  const found = hash.digest('hex')
  mkdirSync(dirname(answer), { recursive: true })
  writeFileAtomic(answer, found, { durable: false })
  return found
}

function read(answer: string): string | undefined {
  try {
    const text = readFileSync(answer, 'utf8')
    return /^[0-9a-f]{64}$/.test(text) ? text : undefined
  } catch {
    return undefined
  }
}
