import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createJiti } from 'jiti'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'

// What the pages of docs/extending/ promise, done: their examples are put into a copy of the house, one file and one
// registry line each, and the copy is asked whether everything else has followed.
const root = join(import.meta.dirname, '../..')
const house = join(temporaryFolder(), 'house')
const COPIED = ['src', 'test', 'docs', 'scripts', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json']
const PAGES = ['sampler', 'executor', 'section', 'ensemble-method']

interface Example {
  readonly page: string
  readonly file: string
  readonly code: string
  readonly registry: string
  readonly diff: readonly string[]
}

/** The two blocks of a page, each announced by the path that it is for. */
function exampleOf(page: string): Example {
  const text = readFileSync(join(root, 'docs/extending', `${page}.md`), 'utf8')
  const [code, line] = [...text.matchAll(/`(src\/[\w/-]+\.ts)`:\n\n```(?:ts|diff)\n([\s\S]*?)```/g)]
  return {
    page,
    file: code?.[1] ?? '',
    code: code?.[2] ?? '',
    registry: line?.[1] ?? '',
    diff: (line?.[2] ?? '').trimEnd().split('\n'),
  }
}

const examples = PAGES.map(exampleOf)

/** Import first, then the line that goes and those that come in its place. */
function patched(text: string, [added, gone, ...come]: readonly string[]): string {
  const old = `${gone?.slice(1)}\n`
  expect(text.split(old), `${gone} stands once in the registry`).toHaveLength(2)
  return `${added?.slice(1)}\n${text.replace(old, () => come.map((line) => `${line.slice(1)}\n`).join(''))}`
}

function node(...argv: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: house, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

beforeAll(() => {
  mkdirSync(house)
  for (const name of COPIED) cpSync(join(root, name), join(house, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
  for (const { file, code, registry, diff } of examples) {
    writeFileSync(join(house, file), code)
    writeFileSync(join(house, registry), patched(readFileSync(join(house, registry), 'utf8'), diff))
  }
})

describe('the examples of docs/extending', () => {
  it('compile, in the strict house', { timeout: 60_000 }, () => {
    const tsconfig = {
      extends: './tsconfig.json',
      include: [],
      files: examples.flatMap((one) => [one.file, one.registry]),
    }
    writeFileSync(join(house, 'tsconfig.examples.json'), JSON.stringify(tsconfig))
    const { status, output } = node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json')
    expect(output).toBe('')
    expect(status).toBe(0)
  })

  it('are written and laid out as all code here', () => {
    const files = examples.map(({ file }) => file)
    const { status, output } = node('node_modules/@biomejs/biome/bin/biome', 'check', '--vcs-enabled=false', ...files)
    expect(status, output).toBe(0)
  })

  it('are known to sweep files by their lines alone, options, did-you-mean and all', async () => {
    const jiti = createJiti(import.meta.url, { fsCache: false })
    const { loadSweep } = await jiti.import<typeof import('../../src/config/load-sweep.ts')>(
      join(house, 'src/config/load-sweep.ts'),
    )
    mkdirSync(join(house, 'sweeps'))
    const sweep = (method: string) =>
      `method: ${method}\nparameters: { x: { min: 0.0, max: 1.0 } }\nmetric: { name: loss }\ncommand: [echo]\n` +
      'run_cap: 4\nexecutor: { name: polite, nice: 5 }\n'
    writeFileSync(join(house, 'sweeps/right.yaml'), sweep('{ name: near-best, explore: 0.5 }'))
    writeFileSync(join(house, 'sweeps/typo.yaml'), sweep('near-bets'))
    const spec = await loadSweep({ folder: house, sweep: 'right' })
    expect(spec).toMatchObject({
      sampler: { name: 'near-best', options: { explore: 0.5 } },
      executor: { name: 'polite', options: { nice: 5 } },
    })
    await expect(loadSweep({ folder: house, sweep: 'typo' })).rejects.toThrow(/near-best/)
  })

  it('stand in the docs table by their lines alone', { timeout: 60_000 }, () => {
    const { status, output } = node('scripts/generate-docs.mjs')
    expect(status, output).toBe(0)
    const choices = readFileSync(join(house, 'docs/choices.md'), 'utf8')
    for (const name of ['near-best', 'polite', 'slowest', 'geometric-mean'])
      expect(choices).toContain(`| \`${name}\` |`)
  })

  it('keep the promises of their contracts, by the suites that loop over the registries', { timeout: 120_000 }, () => {
    const suites = ['samplers', 'executors/contract.test.ts', 'reports/sections.test.ts', 'ensembles/methods.test.ts']
    const reports = ['--reporter=json', '--outputFile=result.json']
    const { status, output } = node(
      'node_modules/vitest/vitest.mjs',
      'run',
      ...reports,
      ...suites.map((s) => `test/${s}`),
    )
    expect(status, output).toBe(0)
    const result = JSON.parse(readFileSync(join(house, 'result.json'), 'utf8')) as {
      testResults: { assertionResults: { fullName: string }[] }[]
    }
    const titles = result.testResults.flatMap((file) => file.assertionResults.map(({ fullName }) => fullName))
    for (const name of ['near-best', '"polite"', 'slowest', 'geometric-mean']) {
      expect(titles.filter((title) => title.includes(name)).length, name).toBeGreaterThan(2)
    }
  })
})
