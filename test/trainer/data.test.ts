import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataHash, loadTexts } from '../../src/trainer/data/load-texts.ts'
import { dataSchema } from '../../src/trainer/settings-schema.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const folder = temporaryFolder()

const tasks = { mood: 'mood' }

/** Writes `content` and loads it with one task, `mood`. */
function load(content: string | Uint8Array, more: object = {}, name = 'data.csv') {
  const file = join(folder, name)
  writeFileSync(file, content)
  return loadTexts(dataSchema.parse({ file, tasks, ...more }))
}

const rowsOf = (n: number) =>
  Array.from({ length: n }, (_, i) => `text ${i},${i % 2 === 0 ? 'good' : 'bad'}`).join('\n')

describe('loading', () => {
  it('reads CSV, TSV and JSONL alike', () => {
    const csv = load(`text,mood\n${rowsOf(20)}\n`)
    const tsv = load(`text\tmood\n${rowsOf(20).replaceAll(',', '\t')}\n`, {}, 'data.tsv')
    const lines = rowsOf(20)
      .split('\n')
      .map((row) => row.split(','))
    const jsonl = load(lines.map(([text, mood]) => JSON.stringify({ text, mood })).join('\n'), {}, 'data.jsonl')
    for (const other of [tsv, jsonl]) expect({ ...other, hash: '' }).toEqual({ ...csv, hash: '' })
    expect(csv.tasks).toEqual([{ name: 'mood', classes: ['bad', 'good'] }])
  })

  it('keeps the configured class order, and -1 for a missing label', () => {
    const loaded = load(`text,mood\nnone,\n${rowsOf(20)}\n`, { classes: { mood: ['good', 'bad'] } })
    expect(loaded.tasks[0]?.classes).toEqual(['good', 'bad'])
    expect([...(loaded.labels.get('mood') ?? [])].slice(0, 3)).toEqual([-1, 0, 1])
  })

  it('divides by a column when one is named', () => {
    const loaded = load('text,mood,part\na,x,train\nb,y,train\nc,x,dev\nd,y,Test\n', { split: 'part' })
    expect(loaded.splits).toEqual({ train: Int32Array.of(0, 1), val: Int32Array.of(2), test: Int32Array.of(3) })
    expect(loaded.notes).toContain('Class y of mood has no row in val; its F1 there counts as 0.')
  })

  it.each([
    [
      'a missing file',
      () => loadTexts(dataSchema.parse({ file: 'nowhere.csv', tasks })),
      /nowhere\.csv cannot be read/,
    ],
    ['an unknown ending', () => load('x', {}, 'data.xls'), /ends in "\.xls".*\.csv/],
    [
      'a missing column',
      () => load('text,moods\na,b\n'),
      /no column "mood".*text, moods.*Try: data\.tasks\.mood: moods/,
    ],
    ['an open quote, with its line', () => load('text,mood\na,b\n"c,d\ne,f\n'), /data\.csv:3: .*never closed/],
    ['text behind a quote, with its line', () => load('text,mood\n"a\nb"c,d\n'), /data\.csv:3: A closing quote/],
    ['a line too short, with its number', () => load('text,mood\na,b\nc\n'), /data\.csv:3: .*1 fields, the header 2/],
    ['an empty text, with its line', () => load('text,mood\na,b\n ,c\n'), /data\.csv:3: Column text is empty/],
    ['no rows', () => load('text,mood\n'), /no rows/],
    ['a class with one row', () => load(`text,mood\n${rowsOf(6)}\nlast,rare\n`), /Class rare of mood has 1 row/],
    ['one class', () => load('text,mood\na,x\nb,x\n'), /two are needed/],
    [
      'a label that is not configured',
      () => load(`text,mood\n${rowsOf(4)}\na,goood\n`, { classes: { mood: ['good', 'bad'] } }),
      /"goood" is no class.*Try: good/,
    ],
    ['an id that is there twice', () => load('id,text,mood\n1,a,x\n1,b,y\n', { id: 'id' }), /"1" was there in line 2/],
    [
      'half a JSON line',
      () => load('{"text":"a","mood":"x"}\n{"text":\n', {}, 'data.jsonl'),
      /data\.jsonl:2: Not one JSON/,
    ],
    [
      'an unknown split',
      () => load(`text,mood\n${rowsOf(4)}\n`, { split: 'mood' }),
      /"good"; expected train, val or test/,
    ],
  ])('refuses %s', (_, act, message) => {
    expect(act).toThrow(message)
  })
})

describe('the quickstart data', () => {
  const data = loadTexts('quickstart')

  it('is 2,136 sentences, of which 7 % are from Yelp, none twice and none empty', () => {
    expect(data.texts.length).toBe(2136)
    const venue = data.labels.get('venue') ?? new Int32Array()
    expect(venue.filter((label) => label === 2).length).toBe(150)
    expect(new Set(data.texts).size).toBe(2136)
    expect(data.texts.every((text) => text.trim() === text && text !== '')).toBe(true)
  })

  it('is pinned: another content or split would make earlier trials incomparable', () => {
    expect(data.hash).toBe('84974d94f79fc9cd112756bb685989572d3a4bb4e7888a9fbe28b498716aa456')
    expect(dataHash('quickstart')).toBe(data.hash)
    expect(Object.values(data.splits).map((rows) => rows.length)).toEqual([1494, 322, 320])
    const rows = createHash('sha256')
    for (const split of ['train', 'val', 'test'] as const) rows.update(split).update(data.splits[split].join(','))
    expect(rows.digest('hex')).toBe('4a0b9f674547a471c9dcff4b43a52689a0fa358d1ba48230718972fc37801d76')
  })
})
