import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeAbandoned } from '../../src/base/abandoned-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** No process ever has it. */
const NOBODY = 2 ** 30

it('removes the drafts that a killed writer left, and nothing that somebody may still finish', () => {
  const folder = temporaryFolder()
  const write = (name: string, minutes: number) => {
    writeFileSync(join(folder, name), '')
    const time = Date.now() / 1000 - 60 * minutes
    utimesSync(join(folder, name), time, time)
  }
  write(`snapshot.json.${NOBODY}.tmp`, 2)
  write(`of the future.${NOBODY}.tmp`, -2)
  write('lock.0123.draft', 2)
  write(`summary.json.${NOBODY}.tmp`, 0)
  write(`report.md.${process.pid}.tmp`, 2)
  write('lock.4567.draft', 0)
  write('mine.tmp', 2)
  write('draft', 2)
  removeAbandoned(folder)
  const left = ['draft', 'lock.4567.draft', 'mine.tmp', `report.md.${process.pid}.tmp`, `summary.json.${NOBODY}.tmp`]
  expect(readdirSync(folder).sort()).toEqual(left)
  removeAbandoned(join(folder, 'not there'))
})
