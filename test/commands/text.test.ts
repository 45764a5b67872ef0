import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bar, sparkline } from '../../src/commands/text/chart.ts'
import { jsonText } from '../../src/commands/text/json-text.ts'
import { paramsLabel } from '../../src/commands/text/params-label.ts'
import { trialsText } from '../../src/commands/text/ranking-text.ts'
import { commandLine } from '../../src/commands/text/shell-quote.ts'
import { styleFor, wantsColour } from '../../src/commands/text/style.ts'
import { facts, table } from '../../src/commands/text/table.ts'
import { fitted, visibleWidth } from '../../src/commands/text/width.ts'

describe('colour', () => {
  it('is for terminals only, unless a person says otherwise', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true)
    expect(wantsColour({}, {})).toBe(false)
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
    expect(wantsColour({}, { FORCE_COLOR: '1' })).toBe(true)
    expect(wantsColour({ isTTY: true }, { FORCE_COLOR: '0' })).toBe(false)
  })

  it('leaves text as it is when it is off', () => {
    expect(styleFor(false).red('x')).toBe('x')
  })
})

describe('a table', () => {
  it('aligns columns by what is seen, not by colour sequences', () => {
    const red = styleFor(true).red
    const lines = table(
      [{ title: 'name' }, { title: 'n', align: 'right' }],
      [
        [red('a'), '1'],
        ['long name', '23'],
      ],
    )
    expect(lines.map(visibleWidth)).toEqual([13, 13, 13])
    expect(lines[2]).toBe('long name  23')
  })

  it('of facts leaves out what is not known', () => {
    expect(
      facts([
        ['state', 'running'],
        ['value', undefined],
      ]),
    ).toEqual(['state  running'])
  })
})

describe('fitting a line', () => {
  it('never shows more columns than there are, and keeps what fits', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, columns) => {
        const line = styleFor(true).green(text.replaceAll('\u001b', ''))
        const out = fitted(line, columns)
        expect(visibleWidth(out)).toBeLessThanOrEqual(columns)
        if (visibleWidth(line) <= columns) expect(out).toBe(line)
      }),
    )
  })
})

describe('charts in text', () => {
  it('draws a curve from its lowest to its highest value, and a dot for what is not a number', () => {
    expect(sparkline([0, 0.5, Number.NaN, 1])).toBe('▁▅·█')
  })

  it('keeps the first and the last value of a curve that is too long', () => {
    const line = sparkline([0, ...Array.from({ length: 500 }, () => 0.5), 1], 10)
    expect([...line]).toHaveLength(10)
    expect([line[0], line.at(-1)]).toEqual(['▁', '█'])
  })

  it('draws a bar of exactly the width asked for, whatever the fraction', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2, noNaN: true }), (fraction) => {
        expect(bar(fraction, 12)).toHaveLength(12)
      }),
    )
    expect(bar(0.5, 4)).toBe('██░░')
  })
})

describe('a suggestion', () => {
  it('survives being pasted into a shell, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 4 }), (argv) => {
        const out = execFileSync('sh', ['-c', `printf '%s\\0' ${commandLine(...argv)}`], { encoding: 'utf8' })
        expect(out.split('\0').slice(0, -1)).toEqual(argv)
      }),
      { numRuns: 25 },
    )
  })
})

describe('JSON', () => {
  it('carries its version and says NaN and infinities as strings', () => {
    expect(JSON.parse(jsonText({ a: Number.NaN, b: [Number.NEGATIVE_INFINITY] }))).toEqual({
      version: 1,
      a: 'NaN',
      b: ['-Infinity'],
    })
  })
})

describe('the trials of a configuration', () => {
  it.each([
    [[18, 19, 20], '18-20'],
    [[9, 3, 7, 4], '3-4 7 9'],
    [[5], '5'],
    [[], ''],
    [[1, 3, 5, 7, 9], '1 3 5 7 ...'],
  ])('%j are written %s', (trials, text) => {
    expect(trialsText(trials)).toBe(text)
  })
})

describe('a label of params', () => {
  it('names nested ones by their path and keeps lists as one value', () => {
    expect(paramsLabel({ gamma: 2, boost: { rare: 0.1 + 0.2 }, layers: [1, 2], loss: 'focal' })).toBe(
      'gamma=2 boost.rare=0.3 layers=[1,2] loss=focal',
    )
  })
})
