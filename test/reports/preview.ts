// Writes the made-up report to a folder, to be looked at: npx jiti test/reports/preview.ts FOLDER
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeReport } from '../../src/reports/write-report.ts'
import { previousSnapshot, realisticEnsemble, realisticSnapshot, writeTrialFiles } from './fixture.ts'

const folder = resolve(process.argv[2] ?? 'report-preview')
const snapshot = realisticSnapshot()
const sweepDir = join(folder, 'runs', snapshot.id)
mkdirSync(sweepDir, { recursive: true })
writeTrialFiles(sweepDir, snapshot)
writeTrialFiles(join(folder, 'runs/gamma-grid.1'), snapshot)
const before = performance.now()
const reportDir = join(folder, 'reports', snapshot.id)
const { files } = await writeReport({
  snapshot,
  sweepDir,
  reportDir,
  previous: previousSnapshot(),
  ensemble: realisticEnsemble(),
})
process.stderr.write(`${files.length} files in ${Math.round(performance.now() - before)} ms\n${files[0]}\n`)
