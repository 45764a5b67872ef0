import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileChunks, utf8Chunks } from '../../src/trainer/data/byte-chunks.ts'
import { type Delimiter, delimitedRecords } from '../../src/trainer/data/delimited.ts'
import { jsonLines } from '../../src/trainer/data/json-lines.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const folder = temporaryFolder()

/** The file arrives in pieces of `size` bytes. */
function pieces(text: string, size = text.length * 4 + 1): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

function read(text: string, { size, delimiter = ',' }: { size?: number; delimiter?: Delimiter } = {}) {
  const records = []
  for (const record of delimitedRecords(pieces(text, size), delimiter)) {
    const cells = Array.from({ length: record.width }, (_, i) => record.cell(i))
    records.push({ line: record.line, cells, ...(record.broken && { broken: record.broken.line }) })
  }
  return records
}

describe('delimited files', () => {
  const messy = 'a,b\r\n"x, ""y""\r\nz",2\r\n\r\n3,it\'s 5" long\n'

  it('take quoted delimiters, quotes, line breaks and CRLF', () => {
    expect(read(messy)).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['x, "y"\r\nz', '2'] },
      { line: 5, cells: ['3', 'it\'s 5" long'] },
    ])
  })

  it('are the same in whatever pieces they arrive', () => {
    const whole = read(`${messy}"ü\n",\n`)
    for (let size = 1; size < 20; size++) expect(read(`${messy}"ü\n",\n`, { size })).toEqual(whole)
  })

  it('keep an empty last field, with and without a line end', () => {
    expect(read('a,\n')).toEqual([{ line: 1, cells: ['a', ''] }])
    expect(read('a,')).toEqual([{ line: 1, cells: ['a', ''] }])
  })

  it('go on behind a broken line, so that the next one is found too', () => {
    expect(read('"a"b,c\nd,e\n"f"g\n"h,i\n').map(({ line, broken }) => [line, broken])).toEqual([
      [1, 1],
      [2, undefined],
      [3, 3],
      [4, 4],
    ])
  })

  it('give back whatever was written with quotes', () => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\t', 'ü', ' ') })
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 40 }), (rows, end, size) => {
        const text = rows.map((row) => row.map(quoted).join(',')).join(end) + end
        expect(read(text, { size }).map(({ cells }) => cells)).toEqual(rows)
      }),
    )
  })
})

describe('JSON lines', () => {
  it('are the same in whatever pieces they arrive', () => {
    const text = '{"a":"ü"}\n\n{"a":2}\r\nnothing\n{"a":3}'
    for (let size = 1; size < 20; size++) {
      expect([...jsonLines(pieces(text, size))].map(({ line, object }) => [line, object])).toEqual([
        [1, { a: 'ü' }],
        [3, { a: 2 }],
        [4, undefined],
        [5, { a: 3 }],
      ])
    }
  })
})

describe('encodings', () => {
  const texts = (content: Uint8Array, encoding?: 'windows-1253' | 'utf-16le') => {
    const file = join(folder, 'encoded.csv')
    writeFileSync(file, content)
    return Buffer.concat([...utf8Chunks(fileChunks(file, 64), { file, encoding })]).toString()
  }
  const utf16 = (text: string) => Buffer.from(text, 'utf16le')

  it('are told by a byte order mark, which is then gone', () => {
    expect(texts(Buffer.from('\uFEFFé'))).toBe('é')
    expect(texts(utf16('\uFEFFtext é 😀'.repeat(30)))).toBe('\uFEFFtext é 😀'.repeat(30).slice(1))
    expect(texts(utf16('\uFEFFé').swap16())).toBe('é')
  })

  it('are taken from the person who knows', () => {
    expect(texts(Uint8Array.of(0xe1), 'windows-1253')).toBe('α')
    expect(texts(utf16('no mark'), 'utf-16le')).toBe('no mark')
  })

  it.each([
    ['UTF-16 without a mark', () => texts(utf16('text,mood')), /looks like UTF-16.*/],
    ['half a character at the end', () => texts(utf16('\uFEFFabc').subarray(0, 7)), /not utf-16le after line 0/],
    ['half a surrogate pair', () => texts(utf16('\uFEFFa\nb\uD83Dc')), /not utf-16le after line/],
  ])('refuse %s', (_, act, message) => expect(act).toThrow(message))
})
