import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/promises.md'), 'utf8')

/** `test/some/file.ts` “title of a test in it” */
const named = [...page.matchAll(/`(test\/[^`]+)` “([^”]+)”/g)].map(([, file = '', title = '']) => ({ file, title }))

/** As it may stand in the source: in single quotes, and cut where a template puts a value. */
const asWritten = (title: string) => title.replaceAll("'", "\\'")

describe('docs/promises.md', () => {
  it('names tests', () => expect(named.length).toBeGreaterThan(25))

  it.each(named)('names one that there is: $file "$title"', ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true)
    const source = readFileSync(join(root, file), 'utf8')
    expect([title, asWritten(title)].some((text) => source.includes(text))).toBe(true)
  })

  it('has every file of tests that it speaks of in a row with a title', () => {
    const files = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file)
    expect(files.filter((file) => !named.some((it) => it.file === file))).toEqual([])
  })
})
