// Does sweeps/nightly.yaml find better settings than plain grids that may take as long? Each gets the same minutes on
// this machine, one after the other; then what each recommends is trained with ten seeds that none of them saw.
//   npm run bench -- nightly [minutes]
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOP = dirname(dirname(fileURLToPath(import.meta.url)))
const SWEEP = join(TOP, 'bin/run.js')
const minutes = Number(process.argv[2] ?? 8)
const folder = mkdtempSync(join(tmpdir(), 'sweep-nightly-'))
const COMMON =
  'metric: { name: val/macro_f1, goal: maximize }\ntrainer: text-classifier\nparams: { data: quickstart }\n'
/** The grid that a person would write who has to finish: two or three values of what matters most. */
const COARSE = `parameters:
  learning_rate: { values: [0.03, 0.1, 0.3, 0.9] }
  dropout: { values: [0.1, 0.3] }
  gamma: { values: [0, 2] }
  boost.yelp: { values: [1, 4] }
  class_weights: { values: [none, balanced] }
`

try {
  for (const name of ['sweeps', 'search-spaces']) mkdirSync(join(folder, name))
  cpSync(join(TOP, 'sweeps/nightly.yaml'), join(folder, 'sweeps/nightly.yaml'))
  cpSync(join(TOP, 'search-spaces/nightly.yaml'), join(folder, 'search-spaces/nightly.yaml'))
  const grid = `method: grid\nseeds: 3\nbudget: { wall_time: 8h }\n${COMMON}`
  write('whole-grid', `${grid}space: nightly\n`)
  write('coarse-grid', `${grid}${COARSE}`)
  const found = ['nightly', 'coarse-grid', 'whole-grid'].map((name) => search(name))
  for (const one of found) judge(one)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function write(name, text) {
  writeFileSync(join(folder, `sweeps/${name}.yaml`), text)
}

function search(name) {
  start(name, ['--set', `budget.wall_time=${minutes}m`, '--no-reuse'])
  const { configurations, unranked } = JSON.parse(readFileSync(join(folder, `reports/${name}.1/ranking.json`), 'utf8'))
  return { name, configurations, tried: configurations.length + unranked.length }
}

function judge({ name, configurations, tried }) {
  const [best] = configurations
  const params = { data: 'quickstart', ...best.params }
  write(
    `judge-${name}`,
    `method: grid\nseeds: [101, 102, 103, 104, 105, 106, 107, 108, 109, 110]\n${COMMON.split('params')[0]}params: ${JSON.stringify(params)}\nparameters: { patience: { values: [6] } }\n`,
  )
  start(`judge-${name}`, [])
  const judged = JSON.parse(readFileSync(join(folder, `reports/judge-${name}.1/ranking.json`), 'utf8'))
  const [row] = judged.configurations
  console.log(
    `${name.padEnd(12)} ${tried} configurations, recommends ${JSON.stringify(best.params)}: said ${best.mean?.toFixed(4)}, ` +
      `with 10 fresh seeds ${row.mean.toFixed(4)} +- ${(row.sd / Math.sqrt(10)).toFixed(4)}`,
  )
}

function start(name, more) {
  const { status, stderr } = spawnSync(process.execPath, [SWEEP, 'start', name, ...more], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0 && status !== 130)
    throw new Error(`sweep start ${name} ended with ${status}:\n${stderr.slice(-2000)}`)
}
