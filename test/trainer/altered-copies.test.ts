import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { withAlteredCopies } from '../../src/trainer/augmentation/altered-copies.ts'
import { alteredText } from '../../src/trainer/augmentation/word-changes.ts'
import type { LabelledTexts } from '../../src/trainer/data/labelled-texts.ts'

const words = (n: number) => Array.from({ length: n }, (_, i) => `w${i}`).join(' ')

describe('altered words', () => {
  it('are the same words in another order after swaps alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.double({ min: 0, max: 1, noNaN: true }), (count, share) => {
        const text = alteredText(words(count), { wordDropout: 0, wordSwap: share }, rngFor(1, 'swap'))
        expect(text.split(' ').sort()).toEqual(words(count).split(' ').sort())
      }),
    )
  })

  it('are swapped round(share x words) times: one swap moves exactly two', () => {
    const before = words(10).split(' ')
    const after = alteredText(words(10), { wordDropout: 0, wordSwap: 0.1 }, rngFor(3, 'swap')).split(' ')
    expect(after.filter((word, i) => word !== before[i]).length).toBe(2)
  })

  it('keep their order when some are left out, and one always stays', () => {
    const before = words(20).split(' ')
    for (let seed = 0; seed < 50; seed++) {
      const after = alteredText(words(20), { wordDropout: 0.9, wordSwap: 0 }, rngFor(seed, 'drop')).split(' ')
      expect(after.length).toBeGreaterThan(0)
      expect(before.filter((word) => after.includes(word))).toEqual(after)
    }
  })

  it('are left out as often as the chance says', () => {
    const left = alteredText(words(10_000), { wordDropout: 0.3, wordSwap: 0 }, rngFor(1, 'drop')).split(' ').length
    // Binomial: four standard deviations are 183.
    expect(Math.abs(left - 7_000)).toBeLessThan(183)
  })
})

describe('altered copies', () => {
  const data: LabelledTexts = {
    tasks: [
      { name: 'tone', classes: ['good', 'bad'] },
      { name: 'place', classes: ['here', 'there'] },
    ],
    ids: ['a', 'b', 'c', 'd'],
    texts: ['one two three four five six', 'seven eight nine ten', 'alpha beta gamma', 'delta epsilon zeta'],
    labels: new Map([
      ['tone', Int32Array.of(0, 1, 1, 1)],
      ['place', Int32Array.of(-1, 0, 1, 1)],
    ]),
    splits: { train: Int32Array.of(0, 1), val: Int32Array.of(2), test: Int32Array.of(3) },
    hash: 'data',
    notes: [],
  }
  const settings = {
    wordDropout: 0.3,
    wordSwap: 0.3,
    copies: [
      [0, 2],
      [0, 0],
    ],
  }

  it('are made of training rows of the chosen classes, with all their labels, and of nothing else', async () => {
    const { data: more, said } = await withAlteredCopies(data, { settings, seed: 1 })
    expect(more.ids.slice(4)).toEqual(['copy:b:0', 'copy:b:1'])
    expect([...(more.labels.get('tone') ?? [])].slice(4)).toEqual([1, 1])
    expect([...(more.labels.get('place') ?? [])].slice(4)).toEqual([0, 0])
    expect(more.splits).toEqual({ ...data.splits, train: Int32Array.of(0, 1, 4, 5) })
    expect(more.texts.slice(0, 4)).toEqual(data.texts)
    expect(more.hash).not.toBe(data.hash)
    expect(said).toEqual(['2 altered copies of 1 training row added'])
  })

  it('are the same for a seed, and others for another', async () => {
    const texts = async (seed: number) => (await withAlteredCopies(data, { settings, seed })).data.texts
    expect(await texts(1)).toEqual(await texts(1))
    expect(await texts(2)).not.toEqual(await texts(1))
  })

  it('begin with the wordings of a model, and leave out what is there already, also in val and test', async () => {
    const wordings = async (texts: readonly string[]) => texts.map(() => ['Alpha  BETA gamma', 'something new'])
    const plain = { wordDropout: 0, wordSwap: 0, copies: [[0, 3], []] }
    const { data: more, said } = await withAlteredCopies(data, { settings: plain, seed: 1, wordings })
    expect(more.texts.slice(4)).toEqual(['something new'])
    expect(said[0]).toMatch(/2 copies came out like a text that is there/)
  })

  it('change nothing when no class is to have any', async () => {
    const { data: more } = await withAlteredCopies(data, {
      settings: {
        ...settings,
        copies: [
          [0, 0],
          [0, 0],
        ],
      },
      seed: 1,
    })
    expect(more).toBe(data)
  })

  it('take a fraction as a chance', async () => {
    const rows = 400
    const many: LabelledTexts = {
      ...data,
      tasks: data.tasks.slice(0, 1),
      ids: Array.from({ length: rows }, (_, i) => String(i)),
      texts: Array.from({ length: rows }, (_, i) => `a${i} b${i} c${i} d${i}`),
      labels: new Map([['tone', new Int32Array(rows)]]),
      splits: { train: Int32Array.from({ length: rows }, (_, i) => i), val: Int32Array.of(), test: Int32Array.of() },
    }
    const { data: more } = await withAlteredCopies(many, {
      settings: { wordDropout: 0, wordSwap: 0.5, copies: [[0.25, 0]] },
      seed: 1,
    })
    // Binomial: four standard deviations are 35; some copies come out like their original.
    expect(more.texts.length - rows).toBeGreaterThan(60)
    expect(more.texts.length - rows).toBeLessThan(136)
  })
})
