import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cacheFolder } from '../../../src/trainer/frozen/cache-folder.ts'
import { hashOfLargeFiles } from '../../../src/trainer/frozen/file-hash.ts'
import { type FrozenFeatures, rowsOf } from '../../../src/trainer/frozen/frozen-features.ts'
import { lengthBatches } from '../../../src/trainer/frozen/length-batches.ts'
import { RowStore } from '../../../src/trainer/frozen/row-store.ts'

const WIDTH = 3

/** What the encoder below says: something of the text, so that a row of another text shows. */
const rowOf = (ids: ArrayLike<number>) => [ids.length, ids[0] ?? 0, ids[1] ?? 0]

let folder: string
let said: string[]
let damage: string[]
let computed: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'features-'))
  said = []
  damage = []
  computed = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

const codes = (text: string) => Int32Array.from([...text], (letter) => letter.codePointAt(0) ?? 0)
const expected = (texts: readonly string[]) => Float32Array.from(texts.flatMap((text) => rowOf(codes(text))))

/** As a process of its own has them: what is known is on disk only. */
function features(changes: Partial<FrozenFeatures> & { failAfter?: number } = {}): FrozenFeatures {
  const { failAfter = Number.POSITIVE_INFINITY, ...others } = changes
  const store = new RowStore(folder, {
    width: WIDTH,
    about: { encoder: 'test' },
    onDamage: (text) => damage.push(text),
  })
  const pooled = async (texts_B: readonly Int32Array[]) => {
    if (computed >= failAfter) throw new Error('killed')
    computed += texts_B.length
    return Float32Array.from(texts_B.flatMap(rowOf))
  }
  const runner = { name: 'a test', tokensAtOnce: 2048, pooled, close: async () => {} }
  return {
    width: WIDTH,
    store,
    tokenize: () => (texts) => texts.map(codes),
    openRunner: async () => runner,
    say: (line) => said.push(line),
    ...others,
  }
}

const files = () => readdirSync(folder).sort()

describe('frozen features', () => {
  it('are computed once for a set of texts, whatever their order, and equal texts once', async () => {
    const texts = ['b', 'aa', 'b', '', 'ccc']
    expect(await rowsOf(texts, features(), true)).toEqual(expected(texts))
    expect(computed).toBe(4)
    const again = [...texts].reverse()
    expect(await rowsOf(again, features(), true)).toEqual(expected(again))
    expect(computed).toBe(4)
    expect(said.at(-1)).toMatch(/5 texts were computed before, 0 are computed now/)
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.safetensors$/)])
  })

  it('cost what is new only when a data file has grown, and nothing for a part of it', async () => {
    await rowsOf(['one', 'two'], features(), true)
    const more = ['two', 'three', 'one', 'four']
    expect(await rowsOf(more, features(), true)).toEqual(expected(more))
    expect(computed).toBe(4)
    expect(await rowsOf(['four', 'two'], features(), false)).toEqual(expected(['four', 'two']))
    expect(computed).toBe(4)
  })

  it('are not written down for texts that nobody wants to see again', async () => {
    expect(await rowsOf(['one', 'two'], features(), false)).toEqual(expected(['one', 'two']))
    expect(files()).toEqual([])
  })

  it('are computed again, with a note, where a file was damaged', async () => {
    const texts = ['one', 'two', 'three']
    await rowsOf(texts, features(), true)
    const [name = ''] = files()
    const content = readFileSync(join(folder, name))
    for (const damaged of [flipped(content, content.length - 9), content.subarray(0, 90), Buffer.alloc(0)]) {
      writeFileSync(join(folder, name), damaged)
      damage = []
      computed = 0
      expect(await rowsOf(texts, features(), true)).toEqual(expected(texts))
      expect(computed).toBe(3)
      expect(damage).toEqual([expect.stringMatching(/was damaged .*computed again/)])
      expect(readFileSync(join(folder, name)).equals(content)).toBe(true)
    }
  })

  it('go on where a process was broken off, from the parts that it kept', async () => {
    const texts = Array.from({ length: 200 }, (_, n) => `${n}`.padStart(200))
    const broken = rowsOf(texts, features({ partMs: 0, failAfter: 100 }), true)
    await expect(broken).rejects.toThrow('killed')
    expect(files().every((name) => /^[0-9a-f]{32}\.part-[0-9a-f]{32}\.safetensors$/.test(name))).toBe(true)
    writeFileSync(join(folder, `${(files()[0] as string).slice(0, 32)}.safetensors.99999.tmp`), 'half')
    const before = computed
    expect(await rowsOf(texts, features(), true)).toEqual(expected(texts))
    expect(before).toBeGreaterThan(99)
    expect(computed).toBe(200)
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.safetensors$/)])
  })

  it('are computed by one of several that want them at once', async () => {
    const texts = ['one', 'two', 'three']
    const both = await Promise.all([rowsOf(texts, features(), true), rowsOf(texts, features(), true)])
    expect(both).toEqual([expected(texts), expected(texts)])
    expect(computed).toBe(3)
    expect(said.join('\n')).toMatch(/another process computes them; waiting/)
  })
})

const flipped = (content: Buffer, at: number) => {
  const other = Buffer.from(content)
  other[at] = (other[at] ?? 0) ^ 1
  return other
}

describe('batches by length', () => {
  it('hold every text once, the longest first, and fill up little', () => {
    const length = fc.integer({ min: 0, max: 600 })
    fc.assert(
      fc.property(fc.array(length, { maxLength: 200 }), (lengths_N) => {
        const batches = lengthBatches(lengths_N, 2048)
        expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths_N.map((_, n) => n))
        const longest = batches.map((batch) => Math.max(...batch.map((n) => lengths_N[n] as number)))
        expect(longest).toEqual([...longest].sort((a, b) => b - a))
        for (const [i, batch] of batches.entries()) {
          expect(batch.length === 1 || batch.length * (longest[i] as number) <= 2048).toBe(true)
        }
      }),
    )
  })
})

describe('the cache', () => {
  it('lies where caches lie, or where a person says', () => {
    expect(cacheFolder({ SWEEP_CACHE: '/here' })).toBe('/here')
    expect(cacheFolder({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/sweep')
    expect(cacheFolder({})).toMatch(/\.cache\/sweep$/)
  })

  it('knows the hash of a file until it changes', async () => {
    const file = join(folder, 'weights')
    const cache = join(folder, 'cache')
    mkdirSync(cache)
    writeFileSync(file, 'one')
    const one = await hashOfLargeFiles([file], cache)
    const [note = ''] = readdirSync(join(cache, 'hashes'))
    writeFileSync(join(cache, 'hashes', note), 'f'.repeat(64))
    expect(await hashOfLargeFiles([file], cache)).toBe('f'.repeat(64))
    writeFileSync(file, 'three')
    const three = await hashOfLargeFiles([file], cache)
    expect(new Set([one, three, 'f'.repeat(64)]).size).toBe(3)
    expect(await hashOfLargeFiles([file, file], cache)).not.toBe(three)
    expect(existsSync(join(cache, 'hashes', note))).toBe(true)
  })
})
