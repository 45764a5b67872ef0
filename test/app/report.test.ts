import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { reportSweep } from '../../src/app/report.ts'
import { openWorkspace, type Workspace } from '../../src/app/workspace.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createJournal } from '../../src/journal/open-journal.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { realisticEnsemble, realisticSnapshot, spec } from '../reports/fixture.ts'

/** A finished sweep in runs/, told to a real journal; values are shifted by `gain`. */
async function recordSweep({ runsDir }: Workspace, id: string, gain = 0): Promise<void> {
  const { configurations, trials } = realisticSnapshot(id)
  const journal = createJournal({ dir: join(runsDir, id), id, spec, provenance: { host: 'here' }, clock: systemClock })
  for (const { number, params } of configurations) {
    journal.append({ type: 'configuration-proposed', configuration: number, params })
  }
  for (const { number: trial, configuration, seed, metrics, value } of trials) {
    if (value === undefined) continue
    const at = journal.snapshot.trials.length
    journal.append({ type: 'trial-created', trial: at, configuration, seed })
    journal.append({ type: 'attempt-started', trial: at, attempt: 1, slot: `cpu${trial % 2}` })
    journal.append({ type: 'trial-state', trial: at, state: 'running' })
    journal.append({ type: 'attempt-ended', trial: at, attempt: 1, end: 'finished', exitCode: 0 })
    journal.append({ type: 'trial-state', trial: at, state: 'completed', value: value + gain, metrics })
  }
  journal.append({ type: 'sweep-state', state: 'finished' })
  await journal.close()
}

describe('reportSweep', () => {
  let folder: string
  let workspace: Workspace
  beforeEach(() => {
    folder = temporaryFolder()
    workspace = openWorkspace(folder)
  })

  it('writes the report of a recorded sweep into reports/<id>/', async () => {
    await recordSweep(workspace, 'gamma-grid.1')
    const { files, snapshot } = await reportSweep({ workspace, id: 'gamma-grid.1' })
    expect(files[0]).toBe(join(workspace.reportsDir, 'gamma-grid.1/report.html'))
    expect(snapshot.trials.length).toBe(35)
    expect(readFileSync(files[0] as string, 'utf8')).toContain('Configuration #5 (gamma.sentiment 0, gamma.venue 2')
  })

  it('compares with the start before of the same file, past one that cannot be read, and shows the ensemble', async () => {
    await recordSweep(workspace, 'gamma-grid.1')
    mkdirSync(join(workspace.runsDir, 'gamma-grid.2'))
    writeFileSync(join(workspace.runsDir, 'gamma-grid.2/sweep.json'), '{broken')
    await recordSweep(workspace, 'gamma-grid.3', 0.01)
    const reportDir = join(workspace.reportsDir, 'gamma-grid.3')
    mkdirSync(reportDir, { recursive: true })
    writeFileSync(join(reportDir, 'ensemble.json'), JSON.stringify(realisticEnsemble()))
    await reportSweep({ workspace, id: 'gamma-grid.3' })
    const text = readFileSync(join(reportDir, 'report.md'), 'utf8')
    expect(text).toContain('against the winner of gamma-grid.1')
    expect(text).toContain('greedy (chosen)')
  })

  it('says where it could not write, and that the sweep is safe', async () => {
    await recordSweep(workspace, 'gamma-grid.1')
    // A file in the folder's place stops root too, whom permissions do not.
    writeFileSync(workspace.reportsDir, '')
    await expect(reportSweep({ workspace, id: 'gamma-grid.1' })).rejects.toMatchObject({
      code: 'REPORT_NOT_WRITABLE',
      exitCode: 3,
      message: expect.stringContaining('The sweep is safe.'),
    })
  })
})
