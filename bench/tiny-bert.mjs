// How long is a training step of a tiny BERT (2 layers, 128 wide, 64 tokens, batch 16) with its optimizer, and what does
// gradient checkpointing save and cost? Everything on one thread, in CPU time, so that
// other work on the machine disturbs less.
//   npm run bench -- tiny-bert [steps]
// The yardstick is the same step in TensorFlow on one thread, where SWEEP_BENCH_PYTHON names a Python that has it (see
// encoder-reference.py for how to get one).
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { buildTrainer } from '../scripts/build-trainer.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const count = Number(process.argv[2] ?? 30)
const cache = join(here, '../node_modules/.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'tiny-bert-'))

/** Fresh processes: the library's heap never shrinks. */
async function measured(ways) {
  const program = `import { steps } from ${JSON.stringify(String(pathToFileURL(join(folder, 'main.js'))))}
    console.log(JSON.stringify(await steps(${JSON.stringify(ways)})))`
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', program])
  const figures = JSON.parse(stdout.split('\n').at(-1))
  const warm = figures.times.slice(3).sort((a, b) => a - b)
  return { ...figures, fast: warm[Math.floor(warm.length / 10)], median: warm[Math.floor(warm.length / 2)] }
}

async function yardstick() {
  const python = process.env.SWEEP_BENCH_PYTHON
  if (!python) return undefined
  const env = { OMP_NUM_THREADS: '1', TF_ENABLE_ONEDNN_OPTS: '1' }
  const { stdout } = await execa(python, [join(here, 'tiny-bert-tensorflow.py'), String(count)], { env })
  const [version, milliseconds] = stdout.trim().split('\n').at(-1).split(' ')
  return { version, milliseconds: Number(milliseconds) }
}

const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

try {
  await buildTrainer(folder, join(here, 'tiny-bert-step.ts'))
  const plain = await measured({ layers: 2, recompute: false, count })
  console.log(
    `step, 2 layers           ${plain.fast.toFixed(0)} ms (10th percentile of ${count - 3}; median ${plain.median.toFixed(0)})   target < 150 ms`,
  )
  const other = await yardstick()
  if (other) {
    const ratio = plain.fast / other.milliseconds
    console.log(
      `the same by TensorFlow ${other.version} on one thread: ${other.milliseconds.toFixed(0)} ms; ratio ${ratio.toFixed(2)}`,
    )
  } else console.log('no yardstick: SWEEP_BENCH_PYTHON names no Python with TensorFlow')
  for (const layers of [2, 12]) {
    const kept = layers === 2 ? plain : await measured({ layers, recompute: false, count: 8 })
    const again = await measured({ layers, recompute: true, count: layers === 2 ? count : 8 })
    console.log(
      `${layers} layers: tensors at most ${mib(kept.peakBytes)}, with gradient checkpointing ${mib(again.peakBytes)}; ` +
        `time x ${(again.fast / kept.fast).toFixed(2)}`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
