import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv } from '../../src/protocol/csv.ts'
import type { Block } from '../../src/reports/block.ts'
import { csvText } from '../../src/reports/csv.ts'
import { escapeXml } from '../../src/reports/escape-xml.ts'
import { renderers } from '../../src/reports/renderers/index.ts'
import { escapeMarkdown } from '../../src/reports/renderers/markdown.ts'

const markdown = (...blocks: Block[]) =>
  renderers.markdown.create({}).render({ title: 't', blocks, figures: new Map() })
const html = (...blocks: Block[]) => renderers.html.create({}).render({ title: 't', blocks, figures: new Map() })

describe('escapeMarkdown', () => {
  it.each([
    ['val/macro_f1', 'val/macro_f1'],
    ['_evil_', '\\_evil\\_'],
    ['a | b', 'a \\| b'],
    ['<script>', '&lt;script&gt;'],
    ['# no heading', '\\# no heading'],
    ['1. no list', '\\1. no list'],
    ['two\nlines', 'two lines'],
    ['see https://x.y', 'see https&#58;//x.y'],
    ['[a](b)', '\\[a\\](b)'],
  ])('turns %j into %j', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected)
  })

  it('never lets a table row, a tag or a link out, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeMarkdown(text)
        expect(escaped).not.toMatch(/[\r\n<>]|(?<!\\)(?:\\\\)*\||:\/\//)
      }),
    )
  })
})

describe('escapeXml', () => {
  it('leaves nothing that opens a tag or ends an attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeXml(text)).not.toMatch(/[<>"']/)
      }),
    )
  })
})

describe('the Markdown renderer', () => {
  it('aligns columns of numbers to the right and stresses one row', () => {
    const text = markdown({
      kind: 'table',
      caption: 'Two',
      columns: ['name', 'n'],
      rows: [
        ['a', { value: 1, text: '1' }],
        ['b', { value: 2, text: '2' }],
      ],
      stressed: 0,
    })
    expect(text).toBe('# t\n\n*Two*\n\n| name | n |\n| --- | ---: |\n| **a** | 1 |\n| b | 2 |\n')
  })

  it('fences code that holds fences itself', () => {
    expect(markdown({ kind: 'code', language: 'text', text: '```\nx' })).toContain('````text\n```\nx\n````')
  })
})

describe('the HTML renderer', () => {
  it('leads with the first sentence and links to every part that has something', () => {
    const page = html(
      { kind: 'heading', level: 2, text: 'Summary' },
      { kind: 'text', text: 'A & B won.' },
      { kind: 'heading', level: 2, text: 'Empty' },
      { kind: 'text', text: 'Nothing to show.' },
    )
    expect(page).toContain('<p class="lead">A &amp; B won.</p>')
    expect(page).toContain('<a href="#part-1">Summary</a><span>Empty</span>')
  })

  it('says in words what a picture shows when there is none', () => {
    expect(html({ kind: 'chart', name: 'x', alt: 'Curves of <all>', option: {} })).toContain('Curves of &lt;all&gt;')
  })
})

describe('csvText', () => {
  it('quotes what needs quoting and keeps numbers as they are', () => {
    expect(csvText([['a,b', 'say "x"', -0.5, Number.NaN, undefined]])).toBe('"a,b","say ""x""",-0.5,,\n')
  })

  it('disarms text that a spreadsheet would run', () => {
    expect(csvText([['=1+1', '+x', '-x', '@x', '\tx']])).toBe("'=1+1,'+x,'-x,'@x,'\tx\n")
  })

  it('is read back as it was written', () => {
    const plain = fc.string().filter((text) => text !== '' && !/^[=+\-@\t\r]/.test(text))
    fc.assert(
      fc.property(fc.array(fc.tuple(plain, plain), { minLength: 1 }), (rows) => {
        expect(parseCsv(csvText(rows))).toEqual(rows)
      }),
    )
  })
})
