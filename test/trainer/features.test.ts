import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadTexts } from '../../src/trainer/data/load-texts.ts'
import type { TextEncoder, TrainingTexts } from '../../src/trainer/features/encoder.ts'
import { type SparseTable, writtenOut } from '../../src/trainer/features/feature-table.ts'
import { hashEncoder } from '../../src/trainer/features/hash-encoder.ts'
import { NgramTable } from '../../src/trainer/features/ngram-table.ts'
import { eachNgram } from '../../src/trainer/features/ngrams.ts'

function ngramsOf(text: string): number[] {
  const hashes: number[] = []
  eachNgram(text, (hash) => hashes.push(hash))
  return hashes
}

const pleased = ['a lovely film', 'lovely acting', 'truly lovely', 'a good film']
const displeased = ['a dull film', 'dull acting', 'truly dull', 'a bad film']
const train: TrainingTexts = {
  texts: [...pleased, ...displeased],
  labels: [Int32Array.of(1, 1, 1, 1, 0, 0, 0, 0)],
}

describe('n-grams', () => {
  it('do not depend on case, on width or compatibility forms, or on how spaces are made', () => {
    expect(ngramsOf('The FILM\u00a0 was ﬁne')).toEqual(ngramsOf('the film was fine'))
  })

  it('are found in any script', () => {
    for (const text of ['фильм хороший', '电影很好看', 'فيلم جيد', 'ฟิล์ม', '👍🏽👍🏽'])
      expect(ngramsOf(text).length).toBeGreaterThan(2)
  })

  it('are none for a text of nothing but space', () => {
    expect(ngramsOf(' \n\t ')).toEqual([])
  })
})

describe('the table', () => {
  it('numbers hashes in the order they come, like a Map, also when it grows', () => {
    const hash = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 200 }), (hashes) => {
        const table = new NgramTable(4)
        const known = new Map<number, number>()
        for (const one of hashes) {
          if (!known.has(one)) known.set(one, known.size)
          expect(table.findOrAdd(one)).toBe(known.get(one))
        }
        expect([...table.hashes]).toEqual([...known.keys()])
        for (const [one, number] of known) expect(table.find(one)).toBe(number)
      }),
    )
  })
})

const listener = { note: () => {}, say: () => {} }
const options = {
  encoder: 'hash',
  featureWidth: 64,
  pooling: 'mean',
  maxLength: 128,
  backend: 'wasm',
  unfreezeLayers: 0,
  gradientCheckpointing: false,
} as const

/** N rows with their zeros. */
async function rowsOf(encoder: TextEncoder, texts: readonly string[]): Promise<Float32Array[]> {
  const table = (await encoder.encode(texts)) as SparseTable
  return texts.map((_, row) => writtenOut(table, Int32Array.of(row)))
}

describe('the hash encoder', async () => {
  const encoder = await hashEncoder.fit(train, options, listener)

  it('gives rows of length 1, and zeros to a text without a known n-gram', async () => {
    const [known, unknown] = await rowsOf(encoder, ['a lovely dull film', 'zzz'])
    expect(Math.hypot(...(known ?? []))).toBeCloseTo(1, 6)
    expect(unknown).toEqual(new Float32Array(encoder.width))
  })

  it('is fitted to more texts than a call takes arguments', async () => {
    const texts = Array.from({ length: 200_000 }, (_, i) => (i % 2 === 0 ? 'good' : 'bad'))
    const labels = [Int32Array.from(texts, (_, i) => i % 2)]
    expect((await hashEncoder.fit({ texts, labels }, options, listener)).width).toBeGreaterThan(0)
  })

  it('keeps what tells the classes apart when there is room for little', async () => {
    const narrow = await hashEncoder.fit(train, { ...options, featureWidth: 2 }, listener)
    expect(narrow.width).toBe(2)
    const [telling, silent] = await rowsOf(narrow, ['lovely', 'a film acting'])
    expect(telling?.some((value) => value > 0)).toBe(true)
    expect(silent?.every((value) => value === 0)).toBe(true)
  })

  it('gives the columns of a row in rising order and without zeros', async () => {
    const { starts, columns_F, values_F } = (await encoder.encode(train.texts)) as SparseTable
    for (let row = 0; row < train.texts.length; row++) {
      const columns = columns_F.subarray(starts[row], starts[row + 1])
      expect([...columns]).toEqual([...new Set(columns)].sort((a, b) => a - b))
    }
    expect(values_F.every((value) => value > 0)).toBe(true)
  })

  it('does not depend on the order of the training texts', async () => {
    const backwards = await hashEncoder.fit(
      { texts: [...train.texts].reverse(), labels: [Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1)] },
      options,
      listener,
    )
    expect(await backwards.encode(pleased)).toEqual(await encoder.encode(pleased))
  })

  it('gives the same rows when it is restored from its state', async () => {
    const restored = await hashEncoder.restore(encoder.state, encoder.facts, listener)
    expect(await restored.encode(displeased)).toEqual(await encoder.encode(displeased))
    await expect(hashEncoder.restore(new Map(), {}, listener)).rejects.toThrow(/no hash encoder/)
  })

  it('encodes 20,000 texts a second or more', async () => {
    const { texts } = loadTexts('quickstart')
    const started = performance.now()
    await encoder.encode(texts)
    // A tenth of the real figure, since tests share the machine.
    expect((texts.length / (performance.now() - started)) * 1000).toBeGreaterThan(4_000)
  })
})
