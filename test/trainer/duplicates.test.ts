import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joined, keptRows, sameTexts } from '../../src/trainer/data/duplicates.ts'
import { loadTexts } from '../../src/trainer/data/load-texts.ts'
import { nearDuplicates } from '../../src/trainer/data/near-duplicates.ts'
import { dataSchema } from '../../src/trainer/settings-schema.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const folder = temporaryFolder()

function load(content: string, more: object = {}) {
  const file = join(folder, 'data.csv')
  writeFileSync(file, content)
  return loadTexts(dataSchema.parse({ file, tasks: { mood: 'mood' }, ...more }))
}

/** 60 different texts; then some that were there. */
const rows = Array.from({ length: 60 }, (_, i) => `text ${i},${i % 2 === 0 ? 'good' : 'bad'},author ${i % 12}`)
const again = ['TEXT  3,bad,x', 'ｔext 3,good,y', 'Text 10,good,z']
const csv = `text,mood,author\n${[...rows, ...again].join('\n')}\n`

const splitOf = (loaded: ReturnType<typeof load>, text: RegExp) =>
  Object.entries(loaded.splits).flatMap(([split, members]) =>
    [...members].filter((row) => text.test(loaded.texts[row] as string)).map(() => split),
  )

describe('the same text', () => {
  it('is one whatever its case, white space and Unicode form', () => {
    expect(sameTexts(['Caf\u00e9 au\tlait', 'other', ' CAFE\u0301  AU LAIT', 'other.'])).toEqual([[0, 2]])
  })

  it('is kept in one split when the split is drawn, and said', () => {
    const loaded = load(csv)
    expect(loaded.texts.length).toBe(63)
    expect(new Set(splitOf(loaded, /^(ｔext|text)\s+3$/i)).size).toBe(1)
    const said = loaded.notes.join('\n')
    expect(said).toMatch(
      /2 texts are there more than once.*5 rows; the first: lines 5, 62, 63.*each is kept in one split/,
    )
    expect(said).toMatch(/1 text has several labels of mood \(the first: lines 5, 62, 63\)/)
    expect(said).not.toMatch(/in more than one split/)
  })

  it('is dropped but for its first row, whose number stays its id', () => {
    const loaded = load(csv, { duplicates: 'drop' })
    expect(loaded.ids).toEqual(Array.from({ length: 60 }, (_, i) => String(i)))
    expect(loaded.notes.join('\n')).toMatch(/3 rows were left out/)
  })

  const byColumn = 'text,mood,part\na,x,train\nb,y,train\nc,x,val\nd,y,val\nA,x,test\ne,y,test\nC,x,train\n'

  it('is reported where a column divides, and dropped from what learns, never from what judges', () => {
    const reported = load(byColumn, { split: 'part' })
    expect(reported.notes.join('\n')).toMatch(/2 texts are in more than one split \(the first: lines 2, 6\)/)
    const dropped = load(byColumn, { split: 'part', duplicates: 'drop' })
    expect(dropped.texts).toEqual(['b', 'c', 'd', 'A', 'e'])
    expect(dropped.splits).toEqual({ train: Int32Array.of(0), val: Int32Array.of(1, 2), test: Int32Array.of(3, 4) })
    expect(dropped.ids).toEqual(['1', '2', '3', '4', '5'])
  })

  it('cannot be kept together where a column divides', () => {
    expect(() => load(byColumn, { split: 'part', duplicates: 'together' })).toThrow(/together.*split.*column/)
  })
})

describe('groups', () => {
  it('are never in two splits, and with equal texts in common they are one', () => {
    const loaded = load(csv, { groupBy: 'author' })
    for (let author = 0; author < 12; author++) {
      const members = rows.flatMap((row, i) => (row.endsWith(`author ${author}`) ? [i] : []))
      const homes = Object.entries(loaded.splits).filter(([, of]) => members.some((row) => of.includes(row)))
      expect(homes.length).toBe(1)
    }
    expect(new Set(splitOf(loaded, /^(ｔext|text)\s+3$/i)).size).toBe(1)
  })

  it('are reported where a column divides them', () => {
    const text = 'text,mood,part,who\na,x,train,1\nb,y,train,2\nc,x,val,1\nd,y,val,3\ne,x,test,4\nf,y,test,4\n'
    expect(load(text, { split: 'part', groupBy: 'who' }).notes.join('\n')).toMatch(/1 group is in more than one split/)
  })

  it('that are too few for three splits are refused', () => {
    const text = `text,mood,who\n${Array.from({ length: 20 }, (_, i) => `t${i},${i % 2},${i % 4 < 2 ? 'a' : 'b'}`).join('\n')}\n`
    expect(() => load(text, { groupBy: 'who' })).toThrow(/20 rows, of which up to 10 stay together,.*none is in/)
  })
})

describe('sets of rows', () => {
  it('that have a row in common are joined, however long the chain, and no other', () => {
    const sets = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 4 }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(sets, (some) => {
        const units = joined(some, 31)
        const rowsOfAll = units.flat()
        expect(new Set(rowsOfAll).size).toBe(rowsOfAll.length)
        expect([...new Set(some.flat())].sort((a, b) => a - b)).toEqual(rowsOfAll.sort((a, b) => a - b))
        for (const set of some) expect(units.filter((unit) => unit.some((row) => set.includes(row))).length).toBe(1)
      }),
    )
  })

  it('keep the row of the lowest rank, and the first of those', () => {
    expect(keptRows([[0, 2, 4]], 5, (row) => (row === 4 ? 0 : 1))).toEqual([1, 3, 4])
    expect(keptRows([[0, 2, 4]], 5, () => 0)).toEqual([0, 1, 3])
  })
})

describe('near duplicates', () => {
  const long = 'the quick brown fox jumps over the lazy dog and runs away into the dark green forest'
  const texts = [
    long,
    long.replace('quick', 'slow'),
    long.toUpperCase(),
    'one two three four five six seven eight nine ten',
    'one two three four five other words that are here',
    'short text here',
    'short text there',
  ]

  it('are found by eight of ten words in common; the same text and short ones are not meant', () => {
    expect(nearDuplicates(texts, (row) => row)).toEqual([
      { row: 1, earlier: 0 },
      { row: 2, earlier: 1 },
    ])
    expect(nearDuplicates(texts, () => 0)).toEqual([])
  })

  it('are found nearly always among many texts', () => {
    const words = (n: number) => Array.from({ length: 20 }, (_, i) => `w${(n * 37 + i * 11) % 997}x${n}`)
    const many = Array.from({ length: 400 }, (_, n) => words(n))
    const changed = many.map((some) => some.map((word, i) => (i === 7 ? 'other' : word)))
    const found = nearDuplicates(
      [...many, ...changed].map((some) => some.join(' ')),
      (row) => (row < 400 ? 0 : 1),
    )
    // 19 of 21 words are the same: missed with probability 0.0002.
    expect(found.length).toBeGreaterThanOrEqual(399)
    expect(found.every(({ row, earlier }) => row - 400 === earlier)).toBe(true)
  })
})

describe('what is strange about data', () => {
  it.each([
    [
      'a class in another case',
      `${csv}new,Good,z\nnewer,Good,z\n`,
      /Class "Good" of mood \(2 rows, the first: line 65\) looks like "good"/,
    ],
    ['a misspelt class', `${csv}new,gooood ,z\nnewer,gooood,z\n`, /looks like/],
    ['letters lost before', `${csv}na\uFFFDve,good,z\n`, /1 text with a replacement character.*line 65/],
    ['UTF-8 read as Latin-1', `${csv}cafÃ©,good,z\n`, /1 text that looks like UTF-8 read as Latin-1/],
    ['missing labels', `${csv}new,,z\n`, /1 row without any label \(the first: line 65\)/],
  ])('is said: %s', (what, text, note) => {
    const said = load(text).notes.join('\n')
    if (what === 'a misspelt class') expect(said).not.toMatch(note)
    else expect(said).toMatch(note)
  })

  it('does not suspect classes that are as frequent, or far in spelling', () => {
    const many = Array.from(
      { length: 200 },
      (_, i) => `unique ${i},${i < 4 ? 'postive' : i < 100 ? 'positive' : 'negative'}`,
    )
    const said = load(`text,mood\n${many.join('\n')}\n`).notes.filter((note) => /looks like/.test(note))
    expect(said).toEqual([expect.stringMatching(/Class "postive" of mood \(4 rows.*"positive", misspelt/)])
  })
})

describe('broken lines', () => {
  it('are all reported at once, the first 20 of a kind, with how many there are', () => {
    const broken = Array.from({ length: 30 }, (_, i) => `only one field ${i}`)
    const act = () => load(`text,mood\na,x\n${broken.join('\n')}\n,y\nb"x,y\n"c"d,y\n`)
    expect(act).toThrow(/data\.csv:3: The line has 1 fields, the header 2/)
    expect(act).toThrow(/data\.csv:22: The line/)
    expect(act).not.toThrow(/data\.csv:23: The line/)
    expect(act).toThrow(/11 more problems of this kind, 31 in all/)
    expect(act).toThrow(/data\.csv:33: Column text is empty/)
  })

  it('name the bytes that are not UTF-8, by line, and never replace them', () => {
    const file = join(folder, 'latin.csv')
    writeFileSync(file, Buffer.from('text,mood\nfine,x\n"two\nlines caf\xe9 au lait",y\nna\xefve,x\n', 'latin1'))
    const data = { file, tasks: { mood: 'mood' } }
    const act = () => loadTexts(dataSchema.parse(data))
    expect(act).toThrow(/latin\.csv:4: The line is not UTF-8.*café au lait/)
    expect(act).toThrow(/latin\.csv:5: .*naïve.*Try: data\.encoding: windows-1252/)
    const lines = Array.from({ length: 40 }, (_, i) => `caf\xe9 ${i},${i % 2 === 0 ? 'x' : 'y'}`)
    writeFileSync(file, Buffer.from(`text,mood\n${lines.join('\n')}\n`, 'latin1'))
    expect(loadTexts(dataSchema.parse({ ...data, encoding: 'windows-1252' })).texts.slice(0, 2)).toEqual([
      'café 0',
      'café 1',
    ])
  })

  it('suggest the separator that the header has', () => {
    expect(() => load('text;mood\na;b\n')).toThrow(/Try: data\.delimiter: ";"/)
    expect(
      load(
        `text;mood\n${rows
          .join('\n')
          .replaceAll(',', ';')
          .replaceAll(/;author \d+/g, '')}\n`,
        { delimiter: ';' },
      ).texts.length,
    ).toBe(60)
  })

  it('refuse two columns of one name, because nobody knows which is meant', () => {
    expect(() => load('text,mood,text\na,b,c\n')).toThrow(/2 columns named "text"/)
  })
})
