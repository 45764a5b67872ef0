// How long is a training step of two heads with three hidden layers of 768 (batch 48, dropout, focal loss, AdamW)
// beside the same step in numpy? One thread each, in turns, in CPU time, so that other work on the machine disturbs less.
//   npm run bench -- step [steps]
// Needs a Python with numpy: Debian's python3-numpy, or SWEEP_BENCH_PYTHON names one that has it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { buildTrainer } from '../scripts/build-trainer.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const count = Number(process.argv[2] ?? 40)
const ROUNDS = 5
const python = process.env.SWEEP_BENCH_PYTHON ?? 'python3'
const cache = join(here, '../node_modules/.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'step-'))

async function ours() {
  const program = `import { steps } from ${JSON.stringify(String(pathToFileURL(join(folder, 'main.js'))))}
    console.log(JSON.stringify(await steps(${count})))`
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', program])
  return typical(stdout)
}

async function numpy() {
  const env = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
  const { stdout } = await execa(python, [join(here, 'step-reference.py'), String(count)], { env })
  return typical(stdout)
}

/** Median without the first steps, in which both compile or touch their memory for the first time. */
const typical = (stdout) => median(JSON.parse(stdout.trim().split('\n').at(-1)).slice(10))

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

try {
  await execa(python, ['-c', 'import numpy']).catch(() => {
    console.error(`${python} has no numpy: apt-get install python3-numpy, or set SWEEP_BENCH_PYTHON.`)
    process.exit(3)
  })
  await buildTrainer(folder, join(here, 'step-ours.ts'))
  const [mine, theirs] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(await ours())
    theirs.push(await numpy())
  }
  const ratios = mine.map((ms, i) => ms / theirs[i])
  console.log(`ours   ${median(mine).toFixed(1)} ms a step (median of ${ROUNDS} processes)`)
  console.log(`numpy  ${median(theirs).toFixed(1)} ms`)
  console.log(
    `ratio  ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})   target <= 1.1`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
