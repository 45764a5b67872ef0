import { closeSync, openSync, readSync, statSync } from 'node:fs'

/**
 * A TFRecord file: u64 length, u32 masked CRC of the length, data, u32 masked CRC of the data; little-endian.
 *
 * @source tensorflow/core/lib/io/record_writer.h; CRC-32C of RFC 3720, appendix B.4
 */
const HEADER = 12
const FOOTER = 4
/** Larger records are pictures or graphs; they are passed over unread. */
const LARGEST_RECORD = 1 << 20

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** The form in which TFRecord stores a CRC, so that the CRC of data holding CRCs stays meaningful. */
export function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** Reads the records that others append to a file, each once, whole ones only. */
export class RecordTail {
  readonly #path: string
  #position = 0
  #damagedAt: number | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Where a checksum did not fit; nothing behind it is read. */
  get damagedAt(): number | undefined {
    return this.#damagedAt
  }

  /** @param limit bytes to read at most, but at least one record */
  read(limit: number): { records: Buffer[]; behind: boolean } {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
    const records: Buffer[] = []
    if (this.#damagedAt !== undefined || size - this.#position < HEADER) return { records, behind: false }
    const fd = openSync(this.#path, 'r')
    try {
      const end = this.#position + limit
      while (this.#position < end) {
        const record = this.#next(fd, size)
        if (record === 'none') return { records, behind: false }
        if (record !== 'skipped') records.push(record)
      }
      return { records, behind: true }
    } finally {
      closeSync(fd)
    }
  }

  #next(fd: number, size: number): Buffer | 'none' | 'skipped' {
    const left = size - this.#position
    if (left < HEADER) return 'none'
    const header = bytesAt(fd, this.#position, HEADER)
    if (maskedCrc(header.subarray(0, 8)) !== header.readUInt32LE(8)) return this.#damaged()
    const length = Number(header.readBigUInt64LE(0))
    if (left < HEADER + length + FOOTER) return 'none'
    const start = this.#position + HEADER
    if (length <= LARGEST_RECORD) {
      const body = bytesAt(fd, start, length + FOOTER)
      const data = body.subarray(0, length)
      if (maskedCrc(data) !== body.readUInt32LE(length)) return this.#damaged()
      this.#position = start + length + FOOTER
      return data
    }
    this.#position = start + length + FOOTER
    return 'skipped'
  }

  #damaged(): 'none' {
    this.#damagedAt = this.#position
    return 'none'
  }
}

function bytesAt(fd: number, position: number, length: number): Buffer {
  const data = Buffer.alloc(length)
  readSync(fd, data, 0, length, position)
  return data
}
