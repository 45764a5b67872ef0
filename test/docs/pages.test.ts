import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { createJiti } from 'jiti'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((item) => item.isFile() && item.name.endsWith(ending))
    .map((item) => relative(root, join(item.parentPath, item.name)))
}

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const docs = filesUnder('docs', '.md')
const pages = [...docs, ...filesUnder('src', 'README.md'), 'README.md', 'CHANGELOG.md', 'CONTRIBUTING.md']
  .concat(['runs/README.md', 'reports/README.md'])
  .filter((page) => existsSync(join(root, page)))

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

function anchorsIn(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ''))
}

/** Links to files of this repository that lead nowhere, as `page: link`. */
function brokenLinks(page: string): string[] {
  const text = read(page).replace(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : relative(root, join(root, dirname(page), path))
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsIn(target).includes(anchor)
    })
    .map((link) => `${page}: ${link}`)
}

const rooms = readdirSync(join(root, 'src'))

describe('the pages', () => {
  it('have a README for each room, and architecture.md names the same rooms as src/ has', () => {
    expect(rooms.filter((room) => !existsSync(join(root, 'src', room, 'README.md')))).toEqual([])
    const named = [...read('docs/architecture.md').matchAll(/^[ \d] {2}(\w+)\/ /gm)].map(([, room]) => room)
    expect(named.sort()).toEqual(rooms.sort())
  })

  it('have no link that leads nowhere', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([])
  })

  it('of docs/ end with the way on and the way up', () => {
    const lost = docs.filter(
      (page) => !/\[(Next|Previous): .*\[Top\]\((\.\.\/)+README\.md\)$/.test(read(page).trimEnd()),
    )
    expect(lost).toEqual([])
  })

  it('that are generated are what the code says', { timeout: 60_000 }, () => {
    const { stderr, status } = spawnSync(process.execPath, ['scripts/generate-docs.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it('give a reason for every dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>
    const text = read('docs/dependencies.md')
    const names = Object.keys({ ...dependencies, ...devDependencies })
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })
})

describe('error codes', () => {
  it('are all listed in the codes.ts of some room', async () => {
    const jiti = createJiti(import.meta.url, { fsCache: false })
    const lists = filesUnder('src', 'codes.ts').map((file) => jiti.import<{ codes: object }>(join(root, file)))
    const listed = new Set((await Promise.all(lists)).flatMap(({ codes }) => Object.keys(codes)))
    const thrown = filesUnder('src', '.ts').flatMap((file) =>
      [...read(file).matchAll(/\bcode: '([A-Z][A-Z0-9_]+)'/g)].map(([, code]) => ({ file, code: code ?? '' })),
    )
    expect(thrown.length).toBeGreaterThan(20)
    expect(thrown.filter(({ code }) => !listed.has(code))).toEqual([])
  })
})
