// Do temperature, ECE and class biases come out as other programs have them, and how long do they take? The yardsticks
// are SciPy's bounded minimizer on scikit-learn's log-loss, the error's formula in NumPy, and SciPy's differential
// evolution on scikit-learn's macro-F1, which searches the biases globally where ours goes class by class.
//   npm run bench -- calibration [rows]
// Needs a Python with SciPy and scikit-learn: Debian's python3-sklearn, or SWEEP_BENCH_PYTHON names one that has them.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { createJiti } from 'jiti'

const here = dirname(fileURLToPath(import.meta.url))
const rows = Number(process.argv[2] ?? 2000)
const python = process.env.SWEEP_BENCH_PYTHON ?? 'python3'
const load = (path) => createJiti(import.meta.url).import(join(here, '../src', path))
const { rngFor } = await load('base/rng.ts')
const { fitTemperature, logLoss, scaled } = await load('statistics/temperature.ts')
const { calibrationError } = await load('statistics/reliability.ts')
const { fitBias, namedWithBias } = await load('statistics/class-bias.ts')
const { confusion, macroF1 } = await load('statistics/classification.ts')

const CLASSES = 3

/** Labels that follow from the probabilities, which are then made too sure and too shy of class 2. */
function problem() {
  const rng = rngFor(1, 'calibration bench')
  const probabilities = []
  const labels = []
  for (let n = 0; n < rows; n++) {
    const raw = Array.from({ length: CLASSES }, () => Math.exp(1.5 * rng.normal()))
    const sum = raw.reduce((a, b) => a + b, 0)
    const fair = raw.map((p) => p / sum)
    labels.push(drawn(fair, rng))
    const shy = fair.map((p, c) => (c === 2 ? 0.25 * p : p) ** 2)
    const all = shy.reduce((a, b) => a + b, 0)
    probabilities.push(...shy.map((p) => p / all))
  }
  return { probabilities_NC: probabilities, labels_N: Int32Array.from(labels), classes: CLASSES }
}

function drawn(fair, rng) {
  let rest = rng.uniform()
  for (const [c, p] of fair.entries()) {
    rest -= p
    if (rest < 0) return c
  }
  return fair.length - 1
}

function timed(work) {
  const began = performance.now()
  const value = work()
  return { value, milliseconds: performance.now() - began }
}

await execa(python, ['-c', 'import scipy, sklearn']).catch(() => {
  console.error(`${python} has no SciPy or scikit-learn: apt-get install python3-sklearn, or set SWEEP_BENCH_PYTHON.`)
  process.exit(3)
})
const judged = problem()
const temperature = timed(() => fitTemperature(judged))
const bias = timed(() => fitBias(judged))
const named = namedWithBias(judged.probabilities_NC, bias.value)
const cooled = scaled(judged.probabilities_NC, CLASSES, temperature.value)
const ours = {
  temperature: temperature.value,
  'log-loss': logLoss({ ...judged, probabilities_NC: cooled }),
  ece: calibrationError(judged),
  'macro-F1 with biases': macroF1(confusion(judged.labels_N, named, CLASSES), CLASSES),
  'ms for the temperature': temperature.milliseconds,
  'ms for the biases': bias.milliseconds,
}
const input = JSON.stringify({ probabilities: judged.probabilities_NC, labels: [...judged.labels_N], classes: CLASSES })
const { stdout } = await execa(python, [join(here, 'calibration-reference.py')], { input })
const theirs = JSON.parse(stdout)
console.log(`${rows} rows, ${CLASSES} classes`)
for (const [name, value] of Object.entries(ours)) {
  const other = theirs[name]
  const ratio = (value / other).toFixed(4)
  console.log(
    `${name.padEnd(24)} ours ${value.toFixed(5).padStart(10)}  reference ${other.toFixed(5).padStart(10)}  ratio ${ratio}`,
  )
}
