import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listSweepIds, newSweepId, openWorkspace, resolveSweepId } from '../../src/app/workspace.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

/** Sweeps in the order in which they were started. */
function workspaceWith(...ids: string[]) {
  const workspace = openWorkspace(temporaryFolder())
  ids.forEach((id, i) => {
    mkdirSync(join(workspace.runsDir, id), { recursive: true })
    writeFileSync(join(workspace.runsDir, id, 'sweep.json'), '{}')
    utimesSync(join(workspace.runsDir, id, 'sweep.json'), 1000 + i, 1000 + i)
  })
  return workspace
}

describe('the id of a new sweep', () => {
  it('is one more than the highest number that its name has had', () => {
    const workspace = workspaceWith('gamma.1', 'gamma.9', 'gamma-grid.12')
    expect(newSweepId(workspace, 'gamma')).toBe('gamma.10')
    expect(newSweepId(workspace, 'new')).toBe('new.1')
    expect(readdirSync(workspace.runsDir)).toContain('gamma.10')
  })

  it('is never given twice, also when the folder is there already', () => {
    const workspace = workspaceWith()
    const ids = Array.from({ length: 5 }, () => newSweepId(workspace, 'gamma'))
    expect(ids).toEqual(['gamma.1', 'gamma.2', 'gamma.3', 'gamma.4', 'gamma.5'])
  })

  it('is refused in words where nothing can be written', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'runs'), 'a file, not a folder')
    expect(() => newSweepId(openWorkspace(folder), 'gamma')).toThrow(/could not be made in .*runs/)
  })
})

describe('the sweep that a person means', () => {
  const workspace = workspaceWith('gamma.10', 'boost.1', 'gamma.2')

  it('is the latest start when nothing is named', () => {
    expect(listSweepIds(workspace)).toEqual(['gamma.10', 'boost.1', 'gamma.2'])
    expect(resolveSweepId(workspace)).toBe('gamma.2')
  })

  it('is an id as it is, or the highest number of a name', () => {
    expect(resolveSweepId(workspace, 'gamma.2')).toBe('gamma.2')
    expect(resolveSweepId(workspace, 'gamma')).toBe('gamma.10')
    expect(resolveSweepId(workspace, 'runs/boost.1/')).toBe('boost.1')
  })

  it('is asked for again with the near names when there is none', () => {
    expect(() => resolveSweepId(workspace, 'gama')).toThrow(/no sweep "gama" in runs\/\. Near: gamma/)
    expect(() => resolveSweepId(openWorkspace(temporaryFolder()))).toThrow(/There is no sweep in/)
  })
})
