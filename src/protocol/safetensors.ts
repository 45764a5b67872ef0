import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { UserError } from '../base/errors.ts'
import { widened } from './small-floats.ts'

/** One named array. `shape` is empty for a single number; its product is the number of values. */
export interface SafetensorsArray {
  readonly shape: readonly number[]
  readonly values: SafetensorsValues
}

export type SafetensorsValues = Float32Array | Int32Array | BigInt64Array

export interface SafetensorsContent {
  readonly tensors: ReadonlyMap<string, SafetensorsArray>
  /** Text by name; what `__metadata__` of the header holds. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Bytes a value, and how the bytes become values. F16 and BF16 are widened to F32, which holds both exactly. */
const DTYPES: Readonly<Record<string, { size: number; read: (buffer: ArrayBuffer) => SafetensorsValues }>> = {
  F32: { size: 4, read: (buffer) => new Float32Array(buffer) },
  I32: { size: 4, read: (buffer) => new Int32Array(buffer) },
  I64: { size: 8, read: (buffer) => new BigInt64Array(buffer) },
  F16: { size: 2, read: (buffer) => widened('F16', new Uint16Array(buffer)) },
  BF16: { size: 2, read: (buffer) => widened('BF16', new Uint16Array(buffer)) },
}

const LENGTH_BYTES = 8
/** As the format's own reader has it, so that a damaged length does not ask for all memory. */
const MAX_HEADER = 100_000_000

/**
 * Lays out a safetensors file: eight bytes of header length, a JSON header, then the values without gaps.
 * Names are sorted and the data starts at a multiple of eight, so equal content is equal bytes.
 *
 * @source https://github.com/huggingface/safetensors, "Format"
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsArray>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return Buffer.concat(safetensorsParts(tensors, metadata))
}

/**
 * The same in parts that follow each other: the header, and then the arrays' own bytes, so that a large model is not in
 * memory twice. To be written before the arrays change.
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, SafetensorsArray>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))
  const header: Record<string, unknown> = { __metadata__: metadata }
  let end = 0
  for (const [name, { shape, values }] of sorted) {
    const count = shape.reduce((product, side) => product * side, 1)
    if (count !== values.length)
      throw new RangeError(`${name} has shape ${shape.join('x')} and ${values.length} values`)
    header[name] = { dtype: dtypeOf(values), shape, data_offsets: [end, end + values.byteLength] }
    end += values.byteLength
  }
  const json = Buffer.from(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8
  const start = Buffer.alloc(LENGTH_BYTES + padded, ' ')
  start.writeBigUInt64LE(BigInt(padded))
  json.copy(start, LENGTH_BYTES)
  return [start, ...sorted.map(([, { values }]) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength))]
}

function dtypeOf(values: SafetensorsValues): string {
  if (values instanceof Float32Array) return 'F32'
  return values instanceof Int32Array ? 'I32' : 'I64'
}

/**
 * Reads a safetensors file and trusts nothing in it: every length, offset and shape is checked against the bytes that
 * are there.
 *
 * @param name of the file, for messages
 * @throws {UserError} SAFETENSORS when it is not one, is cut off, or has a number type that is not read here
 */
export function decodeSafetensors(content: Uint8Array, name = 'the weights file'): SafetensorsContent {
  const refuse = refusing(name)
  const { header, data } = splitFile(content, refuse)
  const tensors = new Map<string, SafetensorsArray>()
  const ranges: { from: number; to: number }[] = []
  const source = { size: data.length, read: (from: number, to: number) => new Uint8Array(data.subarray(from, to)) }
  for (const [tensor, entry] of Object.entries(header)) {
    if (tensor === '__metadata__') continue
    const { from, to, ...array } = readTensor(entry, source, (reason) => refuse(`tensor ${tensor} ${reason}`))
    ranges.push({ from, to })
    tensors.set(tensor, array)
  }
  const end = ranges
    .sort((a, b) => a.from - b.from || a.to - b.to)
    .reduce((at, { from, to }) => (from === at ? to : -1), 0)
  if (end !== data.length) refuse(`its tensors overlap, or do not cover its ${data.length} bytes of data`)
  return { tensors, metadata: metadataOf(header.__metadata__, refuse) }
}

/**
 * Reads only what `__metadata__` says, whatever the size of the file and the number types of its tensors.
 *
 * @throws {UserError} SAFETENSORS when the file does not begin like one
 */
export async function readSafetensorsMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  const refuse = refusing(path)
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer: first, bytesRead } = await file.read(Buffer.alloc(LENGTH_BYTES), 0, LENGTH_BYTES, 0)
    const length = headerLength(first.subarray(0, bytesRead), size, refuse)
    const { buffer: header } = await file.read(Buffer.alloc(length), 0, length, LENGTH_BYTES)
    return metadataOf(parsedHeader(header, refuse).__metadata__, refuse)
  } finally {
    await file.close()
  }
}

/**
 * Reads a file array by array, so that a large one is never in memory twice, and only what is wanted of it.
 *
 * @throws {UserError} SAFETENSORS when it is not one, is cut off, or a wanted array has a number type not read here
 */
export function readSafetensors(path: string, wanted: (tensor: string) => boolean): SafetensorsContent {
  const refuse = refusing(path)
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    const start = LENGTH_BYTES + headerLength(bytesAt(fd, 0, LENGTH_BYTES), size, refuse)
    const header = parsedHeader(bytesAt(fd, LENGTH_BYTES, start - LENGTH_BYTES), refuse)
    const names = Object.keys(header).filter((name) => name !== '__metadata__' && wanted(name))
    const read = (from: number, to: number) => bytesAt(fd, start + from, to - from)
    const source = { size: size - start, read }
    const tensors = names.map((name): [string, SafetensorsArray] => {
      const { shape, values } = readTensor(header[name], source, (reason) => refuse(`tensor ${name} ${reason}`))
      return [name, { shape, values }]
    })
    return { tensors: new Map(tensors), metadata: metadataOf(header.__metadata__, refuse) }
  } finally {
    closeSync(fd)
  }
}

/** A copy of its own, so that it lies where every number type may begin. @returns fewer bytes where the file ends */
function bytesAt(fd: number, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  // A read of more than 2 GiB at once is refused by the system.
  for (let at = 0; at < length; ) {
    const read = readSync(fd, bytes, at, Math.min(length - at, 1 << 30), from + at)
    if (read === 0) return bytes.subarray(0, at)
    at += read
  }
  return bytes
}

type Refuse = (reason: string) => never

/** The bytes behind the header, wherever they are. */
interface TensorBytes {
  readonly size: number
  /** @returns a copy */
  read(from: number, to: number): Uint8Array
}

function refusing(name: string): Refuse {
  return (reason) => {
    throw new UserError(`${name} is not a sound safetensors file: ${reason}. It was not used.`, { code: 'SAFETENSORS' })
  }
}

function splitFile(content: Uint8Array, refuse: Refuse): { header: Record<string, unknown>; data: Uint8Array } {
  const start = LENGTH_BYTES + headerLength(content.subarray(0, LENGTH_BYTES), content.length, refuse)
  return { header: parsedHeader(content.subarray(LENGTH_BYTES, start), refuse), data: content.subarray(start) }
}

/** @param size of the whole file, in bytes */
function headerLength(first: Uint8Array, size: number, refuse: Refuse): number {
  if (first.length < LENGTH_BYTES) return refuse(`it has ${first.length} bytes`)
  const length = new DataView(first.buffer, first.byteOffset, first.byteLength).getBigUint64(0, true)
  if (length <= MAX_HEADER && LENGTH_BYTES + Number(length) <= size) return Number(length)
  return refuse(`its header should have ${length} bytes and the file has ${size} (cut off?)`)
}

function parsedHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  const header = parsed(bytes)
  return isObject(header) ? header : refuse('its header is not a JSON object')
}

function parsed(header: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header))
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function readTensor(
  entry: unknown,
  source: TensorBytes,
  refuse: Refuse,
): SafetensorsArray & { from: number; to: number } {
  if (!isObject(entry)) return refuse('is not described')
  const { dtype, shape, data_offsets: offsets } = entry
  const type = typeof dtype === 'string' && Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined
  if (!type) return refuse(`has number type ${String(dtype)}; read here: ${Object.keys(DTYPES).join(', ')}`)
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse('has no shape')
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) return refuse('has no offsets')
  const [from, to] = offsets as [number, number]
  if (from > to || to > source.size) return refuse(`reaches from byte ${from} to ${to} of ${source.size} (cut off?)`)
  const bytes = shape.reduce((product, side) => product * side, 1) * type.size
  if (bytes !== to - from) return refuse(`has shape ${shape.join('x')} (${bytes} bytes) and ${to - from} bytes`)
  // Copied: the place in the file need not be aligned for the array type.
  const content = source.read(from, to)
  if (content.length !== bytes) return refuse(`ends before byte ${to} (cut off?)`)
  return { shape, values: type.read(content.buffer as ArrayBuffer), from, to }
}

function metadataOf(value: unknown, refuse: Refuse): Record<string, string> {
  if (value === undefined) return {}
  if (!isObject(value)) return refuse('its metadata is not an object of text')
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      return [name, typeof text === 'string' ? text : refuse(`its metadata ${name} is not text`)]
    }),
  )
}
