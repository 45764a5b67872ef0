import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { dataVersion } from '../../src/app/code-version.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

it('changes with every file that params name, however deep', () => {
  const folder = temporaryFolder()
  const params = {
    data: { file: 'a.csv', unlabelled: { file: 'more.jsonl' } },
    augment_command: ['python3', 'reword.py'],
    vocabulary: 'words.txt',
  }
  const names = ['a.csv', 'more.jsonl', 'reword.py', 'words.txt']
  for (const name of names) writeFileSync(join(folder, name), 'one\n')
  const versions = new Set([dataVersion(params, folder)])
  for (const name of names) {
    writeFileSync(join(folder, name), `changed ${name}\n`)
    versions.add(dataVersion(params, folder))
  }
  expect(versions.size).toBe(names.length + 1)
  expect(dataVersion({ gamma: 2, data: 'quickstart' }, folder)).toBeUndefined()
})
