import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { settingNames } from '../../src/trainer/settings.ts'
import { defaults, specificSchema } from '../../src/trainer/settings-schema.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/text-classifier.md'), 'utf8')

/** Names in the first cell of a row of the table of parameters, with the row's last cell: one default for all or one each. */
const table = page.slice(page.indexOf('## Parameters'), page.indexOf('### By task'))
const documented = new Map(
  [...table.matchAll(/^\| (`.+?) \|.*\| (.+) \|$/gm)].flatMap(([, cell = '', fallback = '']) => {
    const names = [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '')
    const each = fallback.split(', ')
    return names.map((name, i): [string, string] => [name, each.length === names.length ? (each[i] ?? '') : fallback])
  }),
)

describe('docs/text-classifier.md', () => {
  it('names every parameter, and no other', () => {
    expect([...documented.keys()].sort()).toEqual(settingNames())
  })

  it('tells the defaults that the trainer has', () => {
    const specific = Object.entries(specificSchema).map(([name, { default: value }]) => [name, value] as const)
    const told = [...Object.entries(defaults), ...specific].filter(([name]) => name !== 'watch')
    const wrong = told.filter(([name, value]) => documented.get(name)?.replaceAll('`', '') !== String(value))
    expect(wrong).toEqual([])
  })
})
