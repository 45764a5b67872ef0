import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/library.md'), 'utf8')
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')

/** Runs an example of the page as it stands there. @returns what it prints */
async function printed(name: string): Promise<unknown[][]> {
  const code = blocks.find((block) => block.startsWith(`// ${name}`)) ?? ''
  const file = join(temporaryFolder(), 'example.ts')
  writeFileSync(file, code.replace("'sweep-gpus'", JSON.stringify(join(root, 'src/library/index.ts'))))
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    await import(file)
    return log.mock.calls
  } finally {
    log.mockRestore()
  }
}

it('asks and tells as docs/library.md says', async () => {
  const [[best] = []] = await printed('ask.mjs')
  expect(best).toMatchObject({ params: { layers: 1 }, seeds: 2 })
  expect((best as { params: { rate: number } }).params.rate).toBeCloseTo(0.1, 1)
})

it('plays a night as docs/library.md says', async () => {
  const [[best, hours] = []] = await printed('night.mjs')
  expect((best as { params: { rate: number } }).params.rate).toBeCloseTo(0.1, 1)
  expect(hours).toBeCloseTo(8, 1)
})
