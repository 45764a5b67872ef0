// How long is a whole training of two tasks (2,000 rows of 768 features, three hidden layers of 768 each, 10 epochs in
// batches of 48) beside scikit-learn's MLPClassifier of the same size, once for each task? One thread each, in turns,
// CPU time. Ours drops out and validates after each epoch besides; neither counts its start.
//   npm run bench -- heads [rounds]
// Needs a Python with scikit-learn: Debian's python3-sklearn, or SWEEP_BENCH_PYTHON names one that has it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { buildTrainer } from '../scripts/build-trainer.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const rounds = Number(process.argv[2] ?? 3)
const python = process.env.SWEEP_BENCH_PYTHON ?? 'python3'
const cache = join(here, '../node_modules/.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'heads-'))

async function ours() {
  const program = `import { training } from ${JSON.stringify(String(pathToFileURL(join(folder, 'main.js'))))}
    console.log(JSON.stringify(await training()))`
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', program])
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

async function scikitLearn() {
  const env = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
  const { stdout } = await execa(python, [join(here, 'heads-reference.py')], { env })
  const [milliseconds, macroF1] = stdout.trim().split('\n').at(-1).split(' ').map(Number)
  return { milliseconds, macroF1 }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

try {
  await execa(python, ['-c', 'import sklearn']).catch(() => {
    console.error(`${python} has no scikit-learn: apt-get install python3-sklearn, or set SWEEP_BENCH_PYTHON.`)
    process.exit(3)
  })
  await buildTrainer(folder, join(here, 'heads-ours.ts'))
  const [mine, theirs] = [[], []]
  for (let round = 0; round < rounds; round++) {
    mine.push(await ours())
    theirs.push(await scikitLearn())
  }
  for (const [name, runs] of Object.entries({ ours: mine, 'scikit-learn': theirs })) {
    const seconds = median(runs.map(({ milliseconds }) => milliseconds)) / 1000
    const [figure] = runs.map(({ macroF1 }) => macroF1.toFixed(2))
    console.log(`${name.padEnd(12)}  ${seconds.toFixed(1)} s (median of ${rounds}), macro-F1 ${figure}`)
  }
  const ratios = mine.map(({ milliseconds }, i) => milliseconds / theirs[i].milliseconds)
  console.log(`ratio         ${median(ratios).toFixed(2)}   target < 1`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
