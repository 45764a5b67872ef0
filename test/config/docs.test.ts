import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DISTRIBUTIONS } from '../../src/config/read-domain.ts'
import { IGNORED_KEYS, READ_KEYS, REFUSED_KEYS } from '../../src/config/sweep-keys.ts'
import { load } from './workspace.ts'

const page = readFileSync(new URL('../../docs/sweep-files.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] as string)

/** Examples are parts of files: what they leave out is added. */
function completed(example: string): string {
  const has = (key: string) => new RegExp(`^${key}:`, 'm').test(example)
  return [
    example,
    has('method') ? '' : 'method: random\nrun_cap: 1\n',
    has('command') || has('trainer') ? '' : 'command: [./train.sh]\n',
    has('parameters') || has('space') ? '' : 'parameters: { a: { value: 1 } }\n',
  ].join('')
}

describe('docs/sweep-files.md', () => {
  test.each(examples.map((text) => [text.trim().split('\n')[0], text]))(
    'has an example that loads: %s',
    async (_, text) => {
      const others = {
        'search-spaces/gamma.yaml': 'parameters: { gamma: { values: [1.0] } }\n',
        'search-spaces/boost.yaml': 'parameters: { boost: { values: [1.0] } }\n',
      }
      await expect(load(completed(text), { others })).resolves.toMatchObject({ format: 1 })
    },
  )

  test('names every key and every distribution', () => {
    const words = [...READ_KEYS, ...Object.keys(IGNORED_KEYS), ...Object.keys(REFUSED_KEYS), ...DISTRIBUTIONS]
    expect(words.filter((word) => !page.includes(`\`${word}`))).toEqual([])
  })
})
