// Refreshes what the README shows of a real run of gamma-grid: the picture docs/images/ranking.svg and the printed
// ranking. Needs a build; takes about a minute.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'sweep-readme-'))

function ranking() {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin/run.js'), 'start', 'gamma-grid'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SWEEP_LEASE_DIR: join(folder, 'leases') },
  })
  if (status !== 0) throw new Error(`The sweep ended with exit code ${status}; nothing was refreshed.`)
  return stdout.replace(/^Report: .*\n/m, '')
}

try {
  for (const name of ['sweeps', 'search-spaces']) cpSync(join(root, name), join(folder, name), { recursive: true })
  const printed = ranking()
  const svg = readFileSync(join(folder, 'reports/gamma-grid.1/figures/ranking.svg'), 'utf8')
  mkdirSync(join(root, 'docs/images'), { recursive: true })
  // The chart has no background of its own, and README pages may be dark.
  writeFileSync(join(root, 'docs/images/ranking.svg'), svg.replace('fill="none"></rect>', 'fill="#ffffff"></rect>'))
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  writeFileSync(
    join(root, 'README.md'),
    readme.replace(/```text\n[\s\S]*?```/, () => `\`\`\`text\n${printed}\`\`\``),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
