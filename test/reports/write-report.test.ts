import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { parseCsv } from '../../src/protocol/csv.ts'
import { writeReport } from '../../src/reports/write-report.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import {
  emptySnapshot,
  oneTrialSnapshot,
  previousSnapshot,
  realisticEnsemble,
  realisticSnapshot,
  writeTrialFiles,
} from './fixture.ts'

const GOLDEN = new URL('../golden/report.md', import.meta.url)

describe('writeReport', () => {
  const folder = temporaryFolder()
  const snapshot = realisticSnapshot()
  const sweepDir = join(folder, 'runs', snapshot.id)
  const reportDir = join(folder, 'reports', snapshot.id)
  const inReport = (name: string) => readFileSync(join(reportDir, name), 'utf8')
  let files: readonly string[] = []

  beforeAll(async () => {
    writeTrialFiles(sweepDir, snapshot)
    mkdirSync(join(reportDir, 'figures'), { recursive: true })
    writeFileSync(join(reportDir, 'figures/of-before.svg'), '<svg/>')
    writeFileSync(join(reportDir, 'ensemble.json'), '{}')
    const request = { snapshot, sweepDir, reportDir, previous: previousSnapshot() }
    files = (await writeReport({ ...request, ensemble: realisticEnsemble() })).files
  })

  it('names every file that it wrote, report.html first', () => {
    expect(files[0]).toBe(join(reportDir, 'report.html'))
    for (const file of files) expect(existsSync(file), file).toBe(true)
    const figures = readdirSync(join(reportDir, 'figures'))
    expect(files.length).toBe(4 + figures.length)
  })

  it('takes out pictures of an earlier report and leaves other files alone', () => {
    expect(readdirSync(join(reportDir, 'figures'))).not.toContain('of-before.svg')
    expect(inReport('ensemble.json')).toBe('{}')
  })

  // After a wanted change: UPDATE_GOLDEN=1 npx vitest run test/reports/write-report.test.ts
  it('says in report.md exactly what the golden file says', () => {
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, inReport('report.md'))
    expect(inReport('report.md')).toBe(readFileSync(GOLDEN, 'utf8'))
  })

  it('shows every picture of figures/ in report.md', () => {
    const shown = [...inReport('report.md').matchAll(/\]\(figures\/([^)]+)\)/g)].map(([, name]) => name)
    expect(shown.sort()).toEqual(readdirSync(join(reportDir, 'figures')).sort())
  })

  it('makes report.html of one file: no link leaves it and nothing is loaded', () => {
    const page = inReport('report.html')
    const targets = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target as string)
    for (const target of targets) expect(target).toMatch(/^#part-\d+$/)
    expect(/https?:\/\/|@import|url\((?!#)/.exec(page)).toBeNull()
    expect(page).toContain('prefers-color-scheme:dark')
    expect(page).toContain('@media print')
  })

  it('uses no id twice in report.html, with a dozen pictures in it', () => {
    const ids = [...inReport('report.html').matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('shows test figures of the winner only', () => {
    expect(inReport('ranking.csv')).not.toMatch(/mean:test/)
    const { configurations, winner } = JSON.parse(inReport('ranking.json'))
    expect(JSON.stringify(configurations)).not.toContain('test/')
    expect(Object.keys(winner.trials[0].metrics)).toContain('test/macro_f1')
  })

  it('writes ranking.csv with one row a configuration, best first', () => {
    const [header, ...rows] = parseCsv(inReport('ranking.csv')) ?? []
    expect(header?.slice(0, 5)).toEqual(['rank', 'configuration', 'mean', 'low', 'high'])
    expect(rows.length).toBe(12)
    expect(rows[0]?.slice(0, 2)).toEqual(['1', '5'])
  })

  it('writes ranking.json with a version and the judgement of the winner', () => {
    const ranking = JSON.parse(inReport('ranking.json'))
    expect(ranking).toMatchObject({ version: 1, sweep: 'gamma-grid.3', metric: 'val/macro_f1', goal: 'maximize' })
    expect(ranking.winner.probabilityBest).toBeGreaterThan(0)
    expect(ranking.winner.optimism).toBeGreaterThan(0)
  })

  it('proposes a next search space that is YAML, wider where the best lies at the edge', () => {
    const [, yaml] = /```yaml\n(parameters:[\s\S]*?)\n```/.exec(inReport('report.md')) ?? []
    const document = parseDocument(yaml ?? '')
    expect(document.errors).toEqual([])
    const { parameters } = document.toJS() as { parameters: Record<string, { parameters: Record<string, unknown> }> }
    expect(parameters.gamma?.parameters.venue).toEqual({ values: [1, 2, 3] })
    expect(parameters.gamma?.parameters.sentiment).toEqual({ value: 0 })
  })

  it('gives the same files for the same sweep', async () => {
    const again = join(folder, 'again')
    const request = { snapshot: realisticSnapshot(), sweepDir, previous: previousSnapshot() }
    await writeReport({ ...request, reportDir: again, ensemble: realisticEnsemble() })
    for (const file of files) {
      const name = file.slice(reportDir.length + 1)
      expect(readFileSync(join(again, name), 'utf8') === inReport(name), name).toBe(true)
    }
  })

  it('writes a report of an empty sweep and of one trial, without files of trainers', async () => {
    for (const few of [emptySnapshot(), oneTrialSnapshot()]) {
      const { files: written } = await writeReport({
        snapshot: few,
        sweepDir: join(folder, 'nowhere'),
        reportDir: join(folder, 'few'),
      })
      expect(readFileSync(written[0] as string, 'utf8')).toContain('Nothing to show.')
    }
  })
})
