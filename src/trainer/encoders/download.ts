import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { systemClock } from '../../base/clock.ts'
import { containedPath } from '../../base/contained-path.ts'
import { bytes, duration } from '../../base/human-readable.ts'
import { acquireLock } from '../../base/identity-lock.ts'
import { askHub, refused } from './hub-request.ts'
import { cachedModelFolder, type Environment, type ModelName } from './model-folder.ts'

export interface Download {
  readonly model: Extract<ModelName, { kind: 'hub' }>
  readonly env: Environment
  /** Chooses among the names of the repository's files. */
  readonly choose: (names: readonly string[]) => readonly string[]
  /** A line for people, now and then. */
  readonly say: (line: string) => void
}

const SAY_EVERY_MS = 5000

/**
 * Puts the chosen files of a model into the hub's cache, laid out as its own tools do it: contents in `blobs/`, names
 * in `snapshots/COMMIT/`, the commit of a branch in `refs/`. What is there already is not fetched again, and a file
 * that was broken off is gone on with.
 *
 * @throws {EnvironmentError} ENCODER_DOWNLOAD; what has arrived stays for the next time
 */
export async function downloadModel({ model, env, choose, say }: Download): Promise<void> {
  const folder = cachedModelFolder(checkedId(model.id), env)
  mkdirSync(join(folder, 'blobs'), { recursive: true })
  const lock = await waitFor(join(folder, '.sweep.lock'), say)
  try {
    const { sha, siblings } = await describe(model, env)
    const snapshot = join(folder, 'snapshots', sha)
    for (const name of choose(siblings)) {
      const path = containedPath(snapshot, name)
      if (existsSync(path)) continue
      await fetchFile({ path: `/${model.id}/resolve/${sha}/${name}`, name, folder, link: path, env, say })
    }
    const ref = containedPath(join(folder, 'refs'), model.revision)
    mkdirSync(dirname(ref), { recursive: true })
    writeFileAtomic(ref, sha)
  } finally {
    lock.release()
  }
}

/** Names become folders and addresses. */
function checkedId(id: string): string {
  if (/^[\w.-]+(\/[\w.-]+)?$/.test(id) && !id.includes('..')) return id
  throw refused(`"${id}" is no name of a model; expected one like intfloat/multilingual-e5-small`)
}

async function waitFor(path: string, say: Download['say']) {
  for (let waited = 0; ; waited++) {
    const lock = acquireLock(path, { durable: false })
    if (!('heldBy' in lock)) return lock
    if (waited === 0) say('another process downloads this model; waiting for it')
    await systemClock.sleep(500)
  }
}

async function describe({ id, revision }: Download['model'], env: Environment) {
  const { response } = await askHub(`/api/models/${id}/revision/${encodeURIComponent(revision)}`, env)
  const info = (await response.json()) as { sha?: unknown; siblings?: { rfilename?: unknown }[] }
  const siblings = (info.siblings ?? []).map(({ rfilename }) => String(rfilename))
  if (typeof info.sha === 'string' && /^[0-9a-f]{40}$/.test(info.sha)) return { sha: info.sha, siblings }
  throw refused(`the hub does not say which commit ${revision} of ${id} is`)
}

interface FileToFetch {
  readonly path: string
  readonly name: string
  /** Of the model in the cache. */
  readonly folder: string
  /** Where it is to appear. */
  readonly link: string
  readonly env: Environment
  readonly say: Download['say']
}

async function fetchFile(file: FileToFetch): Promise<void> {
  // What the content is called is known from the answer only, so a part is kept under the name of what was asked for.
  const asked = createHash('sha256').update(file.path).digest('hex').slice(0, 32)
  const part = join(file.folder, 'blobs', `${asked}.incomplete`)
  const have = statSync(part, { throwIfNoEntry: false })?.size ?? 0
  const { response, etag } = await askHub(file.path, file.env, have)
  const resumed = response.status === 206
  await writeBody(response, { part, from: resumed ? have : 0, name: file.name, say: file.say })
  const sha256 = await hashOf(part)
  if (etag !== undefined && /^[0-9a-f]{64}$/.test(etag) && etag !== sha256) {
    rmSync(part, { force: true })
    throw refused(`${file.name} arrived damaged: its SHA-256 is not the one that the hub names`, ['Start it again.'])
  }
  const blob = containedPath(join(file.folder, 'blobs'), etag ?? sha256)
  renameSync(part, blob)
  mkdirSync(dirname(file.link), { recursive: true })
  // One whose content was deleted leads nowhere, but is in the way.
  rmSync(file.link, { force: true })
  symlinkSync(relative(dirname(file.link), blob), file.link)
}

async function writeBody(
  response: Response,
  {
    part,
    from,
    name,
    say,
  }: { readonly part: string; readonly from: number; readonly name: string; readonly say: Download['say'] },
): Promise<void> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  const total = from + length
  const began = systemClock.monotonic()
  let [done, saidAt] = [from, Number.NEGATIVE_INFINITY]
  const fd = openSync(part, from > 0 ? 'a' : 'w')
  try {
    for await (const chunk of response.body ?? []) {
      writeSync(fd, chunk)
      done += chunk.length
      const now = systemClock.monotonic()
      if (now - saidAt < SAY_EVERY_MS || done < 1 << 20) continue
      saidAt = now
      const left = ((now - began) / (done - from)) * (total - done)
      say(`downloading ${name}: ${bytes(done)} of ${bytes(total)}, ${duration(left)} left`)
    }
  } catch (error) {
    throw refused(`${name} broke off after ${bytes(done)} (${(error as Error).message})`, [
      'Start it again: it goes on from there.',
    ])
  } finally {
    closeSync(fd)
  }
  if (Number.isFinite(total) && done !== total)
    throw refused(`${name} broke off after ${bytes(done)} of ${bytes(total)}`)
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
