import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { initWorkspace } from '../../src/app/init.ts'
import { openWorkspace } from '../../src/app/workspace.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder()
})

const read = (path: string) => readFileSync(join(folder, path), 'utf8')

describe('init', () => {
  it('makes a first sweep, its search space and the ignored folders', () => {
    const { created, kept } = initWorkspace(openWorkspace(folder))
    expect(created).toEqual(['sweeps/first.yaml', 'search-spaces/first.yaml', '.gitignore'])
    expect(kept).toEqual([])
    expect(read('.gitignore')).toContain('/runs/')
  })

  it('changes nothing the second time', () => {
    initWorkspace(openWorkspace(folder))
    const before = read('.gitignore')
    expect(initWorkspace(openWorkspace(folder)).created).toEqual([])
    expect(read('.gitignore')).toBe(before)
  })

  it('never overwrites, and adds to an existing .gitignore only what is missing', () => {
    mkdirSync(join(folder, 'sweeps'))
    writeFileSync(join(folder, 'sweeps/first.yaml'), 'mine')
    writeFileSync(join(folder, '.gitignore'), 'node_modules\nruns/')
    const { kept } = initWorkspace(openWorkspace(folder))
    expect(kept).toEqual(['sweeps/first.yaml'])
    expect(read('sweeps/first.yaml')).toBe('mine')
    expect(read('.gitignore')).toBe('node_modules\nruns/\n# what sweep makes\n/reports/\n')
  })
})
