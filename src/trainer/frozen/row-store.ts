// Key: N texts, D width of a row.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { acquireLock, type IdentityLock, stateOf } from '../../base/identity-lock.ts'
import { encodeSafetensors, readSafetensors, type SafetensorsArray } from '../../protocol/safetensors.ts'

/** Names a text: 128 bits of its SHA-256, as hexadecimal digits. */
export type TextKey = string

export const textKey = (text: string): TextKey => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Names a set of texts, whatever their order. */
const nameOf = (keys: readonly TextKey[]) =>
  createHash('sha256')
    .update([...keys].sort().join('\n'))
    .digest('hex')
    .slice(0, 32)

export interface RowStoreOptions {
  /** D */
  readonly width: number
  /** Written into the files, for people who look. */
  readonly about: Readonly<Record<string, string>>
  /** Told in a sentence what is wrong with a file that is not used. */
  readonly onDamage: (text: string) => void
}

const ENDING = '.safetensors'

/**
 * The rows that one encoder gave texts, in files of one folder: one file a set of texts, and parts of a set that is
 * being computed. A text is found in whichever file has it, so a data file with some new texts costs those only.
 *
 * Files appear complete and are verified by their hash when read; a damaged one is removed and its rows are computed
 * again. Any number of processes may use the folder at once.
 */
export class RowStore {
  readonly #folder: string
  readonly #options: RowStoreOptions
  readonly #rows = new Map<TextKey, Float32Array>()
  readonly #read = new Set<string>()

  constructor(folder: string, options: RowStoreOptions) {
    this.#folder = folder
    this.#options = options
  }

  get(key: TextKey): Float32Array | undefined {
    return this.#rows.get(key)
  }

  /** Reads what is on disk for these texts: their own file if there is one, otherwise all files. */
  load(keys: readonly TextKey[]): void {
    if (this.#complete(keys)) return
    const own = `${nameOf(keys)}${ENDING}`
    const names = this.#names()
    if (names.includes(own)) this.#readFile(own)
    for (const name of names) {
      if (this.#complete(keys)) return
      this.#readFile(name)
    }
  }

  /** Keeps the rows of a whole set, which must be known, and removes the parts it was computed in. */
  save(keys: readonly TextKey[]): void {
    this.#write(`${nameOf(keys)}${ENDING}`, keys)
    for (const name of readdirSync(this.#folder)) {
      if (name.startsWith(`${nameOf(keys)}.part-`)) rmSync(join(this.#folder, name), { force: true })
    }
  }

  /** Keeps some of a set that takes long, so that not all is lost when the process is. */
  savePart(ofSet: readonly TextKey[], part: readonly TextKey[]): void {
    this.#write(`${nameOf(ofSet)}.part-${nameOf(part)}${ENDING}`, part)
  }

  /** Remembers rows for this process. */
  add(key: TextKey, row_D: Float32Array): void {
    this.#rows.set(key, row_D)
  }

  /**
   * The right to compute a set. A holder on another machine is not waited for, since it cannot be known whether it
   * lives: computing twice costs time only.
   *
   * @returns undefined while another process of this machine has it
   */
  lock(keys: readonly TextKey[]): Pick<IdentityLock, 'release'> | undefined {
    mkdirSync(this.#folder, { recursive: true })
    const lock = acquireLock(join(this.#folder, `${nameOf(keys)}.lock`), { durable: false })
    if (!('heldBy' in lock)) return lock
    return stateOf(lock.heldBy) === 'elsewhere' ? { release: () => undefined } : undefined
  }

  #complete(keys: readonly TextKey[]): boolean {
    return keys.every((key) => this.#rows.has(key))
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith(ENDING) && !this.#read.has(name))
    } catch {
      return []
    }
  }

  #readFile(name: string): void {
    if (this.#read.has(name)) return
    const path = join(this.#folder, name)
    try {
      for (const [key, row] of rowsIn(path, this.#options.width)) this.#rows.set(key, row)
      this.#read.add(name)
    } catch (error) {
      // Another process may have put parts together and removed them since the folder was listed.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      // A refusal of the system says nothing of what is in the file, which others may have taken hours to compute.
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error
      this.#options.onDamage(`${path} was damaged (${(error as Error).message}), so its features are computed again.`)
      rmSync(path, { force: true })
    }
  }

  #write(name: string, keys: readonly TextKey[]): void {
    const { width, about } = this.#options
    mkdirSync(this.#folder, { recursive: true })
    const values = new Float32Array(keys.length * width)
    for (const [n, key] of keys.entries()) values.set(this.#rows.get(key) as Float32Array, n * width)
    const named = new BigInt64Array(keys.flatMap((key) => [signed(key.slice(0, 16)), signed(key.slice(16))]))
    const sha256 = hashOf(values, named)
    const arrays = new Map<string, SafetensorsArray>([
      ['rows', { shape: [keys.length, width], values }],
      ['texts', { shape: [keys.length, 2], values: named }],
    ])
    this.#removeDrafts(name)
    writeFileAtomic(join(this.#folder, name), encodeSafetensors(arrays, { ...about, sha256 }), { durable: false })
    this.#read.add(name)
  }

  /** Those of processes that were killed while they wrote this file; who writes it holds the lock. */
  #removeDrafts(name: string): void {
    for (const draft of readdirSync(this.#folder)) {
      if (draft.startsWith(`${name}.`) && draft.endsWith('.tmp')) rmSync(join(this.#folder, draft), { force: true })
    }
  }
}

/** @throws {Error} when the file is not as it was written */
function* rowsIn(path: string, width: number): Generator<[TextKey, Float32Array]> {
  const { tensors, metadata } = readSafetensors(path, () => true)
  const [rows, texts] = [tensors.get('rows')?.values, tensors.get('texts')?.values]
  if (!(rows instanceof Float32Array) || !(texts instanceof BigInt64Array)) throw new Error('it holds no rows')
  if (rows.length * 2 !== texts.length * width) throw new Error('its rows are of another width')
  if (hashOf(rows, texts) !== metadata.sha256) throw new Error('its content does not have its hash')
  for (let n = 0; n * width < rows.length; n++) {
    const key = `${unsigned(texts[2 * n] as bigint)}${unsigned(texts[2 * n + 1] as bigint)}`
    yield [key, rows.subarray(n * width, (n + 1) * width)]
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength)

const hashOf = (rows: Float32Array, texts: BigInt64Array) =>
  createHash('sha256').update(bytesOf(rows)).update(bytesOf(texts)).digest('hex')

const signed = (digits: string) => BigInt.asIntN(64, BigInt(`0x${digits}`))
const unsigned = (value: bigint) => BigInt.asUintN(64, value).toString(16).padStart(16, '0')
