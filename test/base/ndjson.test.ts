import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineTail, parseObject } from '../../src/base/ndjson.ts'
import { temporaryFolder } from './temporary-folder.ts'

const folder = temporaryFolder()
let files = 0
const newFile = (content?: string | Buffer) => {
  const path = join(folder, `${files++}.log`)
  if (content !== undefined) writeFileSync(path, content)
  return path
}
const texts = (tail: LineTail, limit?: number) => tail.read(limit).map(({ text }) => text)

describe('LineTail', () => {
  it('has no lines while the file does not exist, and the lines once it does', () => {
    const path = newFile()
    const tail = new LineTail(path)
    expect(tail.read()).toEqual([])
    expect(tail.hasNews()).toBe(false)
    writeFileSync(path, 'a\nb\n')
    expect(texts(tail)).toEqual(['a', 'b'])
    expect(tail.read()).toEqual([])
  })

  it('keeps half a line until its end comes', () => {
    const path = newFile('one\ntw')
    const tail = new LineTail(path)
    expect(texts(tail)).toEqual(['one'])
    expect([tail.offset, tail.position, tail.unfinished]).toEqual([4, 6, 'tw'])
    appendFileSync(path, 'o\n')
    expect(tail.read()).toEqual([{ text: 'two', offset: 4 }])
    expect([tail.offset, tail.unfinished]).toEqual([8, ''])
  })

  it('gives the same lines and offsets whatever the pieces in which a file is read', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '🙂', ' ', '{'), maxLength: 12 })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (lines, limit) => {
        const tail = new LineTail(newFile(lines.map((text) => `${text}\n`).join('')))
        const got = []
        while (tail.hasNews()) got.push(...tail.read(limit))
        let offset = 0
        const expected = lines.map((text) => {
          const at = offset
          offset += Buffer.byteLength(text) + 1
          return { text, offset: at }
        })
        expect(got).toEqual(expected)
        expect(tail.offset).toBe(offset)
      }),
      { numRuns: 60 },
    )
  })

  it('starts again when the file was truncated', () => {
    const path = newFile('first attempt, a long line\n')
    const tail = new LineTail(path)
    tail.read()
    writeFileSync(path, 'second\n')
    expect(tail.read()).toEqual([{ text: 'second', offset: 0 }])
  })

  it('starts again when another file took its place, even a longer one', () => {
    const path = newFile('old\nha')
    const tail = new LineTail(path)
    tail.read()
    renameSync(newFile('new line that is longer\n'), path)
    expect(texts(tail)).toEqual(['new line that is longer'])
  })

  it('starts again when it was removed and made anew, also where the new file got the number of the old one', async () => {
    const path = newFile('one\n')
    const tail = new LineTail(path)
    tail.read()
    // The system's clock for files ticks every few milliseconds.
    const tick = () => new Promise((resolve) => setTimeout(resolve, 20))
    await tick()
    appendFileSync(path, 'two\n')
    tail.read()
    for (let i = 0; i < 5; i++) {
      await tick()
      rmSync(path)
      appendFileSync(path, 'another, longer\n')
      appendFileSync(path, `${i}\n`.padStart(i + 10))
      expect(texts(tail)[0]).toBe('another, longer')
    }
  })

  it('passes over lines that are too long, says how many, and reads on behind them', () => {
    const path = newFile(`ok\n${'x'.repeat(50)}\nfine\n${'y'.repeat(40)}`)
    const tail = new LineTail(path, { longestLine: 20 })
    expect(texts(tail, 7)).toEqual(['ok'])
    expect(texts(tail)).toEqual(['fine'])
    appendFileSync(path, 'y\nlast\n')
    expect(tail.read().map(({ text, offset }) => [text, offset])).toEqual([['last', 3 + 51 + 5 + 42]])
    expect(tail.dropped).toBe(2)
  })

  it('reads one endless line of 32 MiB in pieces without keeping it', () => {
    const path = newFile(Buffer.alloc(32 << 20, 'x'))
    const tail = new LineTail(path)
    while (tail.hasNews()) expect(tail.read(1 << 20)).toEqual([])
    expect(tail.unfinished).toBe('')
  })
})

describe('parseObject', () => {
  it.each(['', 'x', '[1]', '3', 'null', '"a"', '{', '{"a":}', '{"a":1}}'])('refuses %j', (text) => {
    expect(parseObject(text)).toBeUndefined()
  })

  it('reads an object with space around it', () => {
    expect(parseObject('  {"a": 1}\r')).toEqual({ a: 1 })
  })
})
