// How long does TPE think over the next configuration, with 8 parameters and 1,000 or 10,000 trials known? Ask and tell
// together, median of many, beside the same with Optuna's default sampler where a Python has it:
//   npm run bench -- search-speed [asks]
// SWEEP_OPTUNA_PYTHON names the Python; without it, Optuna's 16 and 128 ms (5.0, measured on one core of a server) stand in.
import { execa } from 'execa'
import { createJiti } from 'jiti'

const jiti = createJiti(import.meta.url)
const { rngFor } = await jiti.import('../src/base/rng.ts')
const { tpe } = await jiti.import('../src/samplers/tpe.ts')
const { axesOf, paramsAt, randomPoint } = await jiti.import('../src/space/axes.ts')
const { historyOf } = await jiti.import('../src/trial/history.ts')

const asks = Number(process.argv[2] ?? 100)
const KNOWN = { 1000: { target: 2, optuna: 16 }, 10000: { target: 10, optuna: 128 } }
const parameters = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [
    `x${i}`,
    i < 4
      ? { distribution: 'uniform', min: 0, max: 1 }
      : i < 6
        ? { distribution: 'log_uniform_values', min: 1e-5, max: 1 }
        : i === 6
          ? { distribution: 'int_uniform', min: 1, max: 20 }
          : { distribution: 'categorical', values: ['a', 'b', 'c'] },
  ]),
)
const space = { parameters, conditions: [], zipped: [], constraints: [] }

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

function ours(known) {
  const [configurations, trials] = [[], []]
  const tell = (params) => {
    const number = trials.length
    configurations.push({ number, params })
    const value = rngFor(number, 'value').uniform()
    trials.push({
      number,
      configuration: number,
      seed: 1,
      state: 'completed',
      attempts: [],
      curve: [],
      metrics: {},
      value,
    })
  }
  for (let i = 0; i < known; i++) tell(paramsAt(axesOf(space), randomPoint(axesOf(space), rngFor(i, 'point'))))
  const history = historyOf({ spec: { metric: { name: 'value', goal: 'minimize' } }, configurations, trials })
  const sampler = tpe.create({})
  const askAndTell = (i) => {
    const request = { space, configuration: trials.length, cursor: undefined, history, sweepSeed: 1, rng: rngFor(1, i) }
    tell(sampler.suggest(request).params)
  }
  for (let i = 0; i < WARM_UP; i++) askAndTell(i)
  const before = process.cpuUsage()
  const took = Array.from({ length: asks }, (_, i) => {
    const start = performance.now()
    askAndTell(WARM_UP + i)
    return performance.now() - start
  })
  const { user, system } = process.cpuUsage(before)
  return { mine: median(took), processor: (user + system) / 1000 / asks }
}

/** Asks until the code is compiled. */
const WARM_UP = 50

const OPTUNA = `
import sys, time, random, statistics, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
D = optuna.distributions
space = {f'x{i}': D.FloatDistribution(0, 1) for i in range(4)}
space |= {f'x{i}': D.FloatDistribution(1e-5, 1, log=True) for i in (4, 5)}
space |= {'x6': D.IntDistribution(1, 20), 'x7': D.CategoricalDistribution(['a', 'b', 'c'])}
study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
def draw(d): return random.choice(d.choices) if hasattr(d, 'choices') else random.randint(1, 20) if isinstance(d.low, int) else random.uniform(d.low, d.high)
study.add_trials([optuna.create_trial(params={k: draw(d) for k, d in space.items()}, distributions=space, value=random.random()) for _ in range(int(sys.argv[1]))])
took = []
for _ in range(15):
    start = time.perf_counter()
    study.tell(study.ask(space), random.random())
    took.append(1000 * (time.perf_counter() - start))
print(statistics.median(took))
`

async function optuna(known) {
  const python = process.env.SWEEP_OPTUNA_PYTHON
  if (!python) return undefined
  const { stdout } = await execa(python, ['-c', OPTUNA, String(known)], { env: { OMP_NUM_THREADS: '1' } })
  return Number(stdout.trim().split('\n').at(-1))
}

for (const [trials, { target, optuna: recorded }] of Object.entries(KNOWN)) {
  const { mine, processor } = ours(Number(trials))
  const live = await optuna(Number(trials))
  const theirs = live ?? recorded
  const source = live === undefined ? 'recorded' : 'live'
  console.log(
    `${trials.padStart(6)} trials: ${mine.toFixed(2)} ms (target < ${target}; processor time ${processor.toFixed(2)} ms on average); Optuna ${theirs.toFixed(1)} ms (${source}); ratio ${(mine / theirs).toFixed(3)}`,
  )
}
