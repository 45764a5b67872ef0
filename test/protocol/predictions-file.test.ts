import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv, toCsv } from '../../src/protocol/csv.ts'
import type { TaskPredictions } from '../../src/protocol/predictions.ts'
import {
  predictionsFromCsv,
  predictionsToCsv,
  readPredictions,
  readPredictionsSync,
  writePredictions,
} from '../../src/protocol/predictions-file.ts'
import { encodeSafetensors, type SafetensorsArray } from '../../src/protocol/safetensors.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const mood: TaskPredictions = {
  task: 'mood',
  split: 'val',
  classes: ['bad, really', 'good "so to say"'],
  ids: ['1', 'two,\nlines', '3'],
  labels: Int32Array.of(0, -1, 1),
  probabilities: Float32Array.of(0.1, 0.9, 1 / 3, 2 / 3, 1, 0),
}
const about = { name: 'val.mood.csv', task: 'mood', split: 'val' } as const
const read = (text: string) => predictionsFromCsv(text, about)

describe('prediction files', () => {
  it('come back bit by bit, with any names and ids', () => {
    expect(read(predictionsToCsv(mood))).toEqual(mood)
  })

  it('are found in a folder beside other files, validation first, whether one waits or not', async () => {
    const folder = temporaryFolder()
    const test: TaskPredictions = { ...mood, split: 'test' }
    const dotted: TaskPredictions = { ...mood, task: 'a.b' }
    writePredictions(join(folder, 'predictions'), [test, mood, dotted])
    writeFileSync(join(folder, 'predictions', 'train.mood.csv'), 'anything')
    expect(await readPredictions(join(folder, 'predictions'))).toEqual([dotted, mood, test])
    expect(await readPredictions(join(folder, 'none'))).toEqual([])
    expect(readPredictionsSync(join(folder, 'predictions'))).toEqual([dotted, mood, test])
    expect(readPredictionsSync(join(folder, 'none'))).toEqual([])
  })

  it('are read from safetensors, with 32 or 64 bit labels', async () => {
    const folder = temporaryFolder()
    const arrays = new Map<string, SafetensorsArray>([
      ['mood.probabilities', { shape: [3, 2], values: mood.probabilities }],
      ['mood.labels', { shape: [3], values: BigInt64Array.from(mood.labels, BigInt) }],
    ])
    const metadata = { ids: JSON.stringify(mood.ids), classes: JSON.stringify({ mood: mood.classes }) }
    writeFileSync(join(folder, 'val.safetensors'), encodeSafetensors(arrays, metadata))
    expect(await readPredictions(folder)).toEqual([mood])
    writeFileSync(join(folder, 'val.safetensors'), encodeSafetensors(arrays, {}))
    await expect(readPredictions(folder)).rejects.toThrow(/val\.safetensors: Its metadata needs ids/)
  })

  it.each([
    ['another header', 'id,label,bad,good\n', /expected id,label,p:<class>/],
    ['a row too short', 'id,label,p:a,p:b\n1,a,0.5\n', /Row 1 has 3 fields, the header 4/],
    ['an unknown label', 'id,label,p:a,p:b\n1,c,0.5,0.5\n', /Row 1 has the label "c"; the columns name a, b/],
    ['a sum that is not 1', 'id,label,p:a,p:b\n1,a,0.5,0.4\n', /Row 1 \(id 1\) sums to 0\.9000/],
    ['a NaN', 'id,label,p:a,p:b\n1,a,nan,1\n', /gives a the probability NaN/],
    ['an empty probability', 'id,label,p:a,p:b\n1,a,,1\n', /gives a the probability NaN/],
    ['a negative one', 'id,label,p:a,p:b\n1,a,-0.5,1.5\n', /probability -0\.5/],
    ['an id twice', 'id,label,p:a,p:b\n1,a,0,1\n1,b,0,1\n', /id "1" is there twice \(row 2\)/],
    ['a class twice', 'id,label,p:a,p:a\n1,a,0,1\n', /class is there twice/],
    ['an open quote', 'id,label,p:a,p:b\n"1,a,0,1\n', /quoted field is not closed/],
  ])('with %s are refused', (_, text, message) => {
    expect(() => read(text)).toThrow(message)
    expect(() => read(text)).toThrow(/^val\.mood\.csv: .*It was not used\.$/)
  })
})

describe('csv', () => {
  it('gives back what was written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'ü', ' ') })
    const row = fc.tuple(cell, cell)
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(parseCsv(toCsv(rows))).toEqual(rows)
      }),
    )
  })

  it('takes what other programs write: CRLF, a byte order mark, no last line end', () => {
    expect(parseCsv('\uFEFFa,b\r\n1,\r\n\r\n"x ""y""",2')).toEqual([
      ['a', 'b'],
      ['1', ''],
      ['x "y"', '2'],
    ])
  })
})
