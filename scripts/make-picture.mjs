// Makes docs/images/ranking.svg, the picture of the README, from a real run of gamma-grid in a folder of its own.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'sweep-picture-'))
try {
  for (const name of ['sweeps', 'search-spaces']) cpSync(join(root, name), join(folder, name), { recursive: true })
  const { status } = spawnSync(process.execPath, [join(root, 'bin/run.js'), 'start', 'gamma-grid'], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`The sweep ended with exit code ${status}; no picture was made.`)
  const svg = readFileSync(join(folder, 'reports/gamma-grid.1/figures/ranking.svg'), 'utf8')
  mkdirSync(join(root, 'docs/images'), { recursive: true })
  // The chart has no background of its own, and README pages may be dark.
  writeFileSync(join(root, 'docs/images/ranking.svg'), svg.replace('fill="none"></rect>', 'fill="#ffffff"></rect>'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
