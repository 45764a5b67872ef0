// npm run bench -- simulate [trials] [slots]: how long a simulated sweep takes: random search, ASHA, curves of 27 steps.
import { createJiti } from 'jiti'

const { simulate } = await createJiti(import.meta.url).import('../src/app/simulate.ts')
const { pruners } = await createJiti(import.meta.url).import('../src/pruners/index.ts')
const [trials = 10_000, slots = 64] = process.argv.slice(2).map(Number)

const spec = {
  format: 1,
  name: 'simulated',
  sampler: { name: 'random', options: {} },
  race: { name: 'all-seeds', options: {} },
  space: {
    parameters: Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`x${i}`, { distribution: 'uniform', min: 0, max: 1 }]),
    ),
    conditions: [],
    zipped: [],
    constraints: [],
  },
  fixed: {},
  seeds: [1],
  metric: { name: 'loss', goal: 'minimize', value: 'last' },
  trainer: { kind: 'function', name: 'f' },
  reports: { formats: ['auto'] },
  resources: { gpus: 0, cpus: 1 },
  executor: { name: 'inline', options: {} },
  targets: {},
  ensemble: { top: 5 },
  runCap: trials,
  graceMs: 1000,
  maxFailuresInARow: 5,
  sweepSeed: 1,
  reuse: false,
  notes: [],
}

function outcome(params) {
  const worth = Object.values(params).reduce((sum, x) => sum + (x - 0.3) ** 2, 0)
  const curve = Array.from({ length: 27 }, (_, i) => [i + 1, worth + 1 / (i + 1)])
  return { curve, msPerStep: 30_000 * (1 + params.x0) }
}

for (const pruner of [undefined, { name: 'asha', options: {} }, { name: 'asha', options: { others: 'pause' } }]) {
  if (pruner !== undefined && pruners[pruner.name] === undefined) continue
  let events = 0
  const began = performance.now()
  const { snapshot, elapsedMs } = await simulate({
    spec: pruner === undefined ? spec : { ...spec, pruner },
    outcome,
    slots,
    onEvent: () => events++,
  })
  const took = (performance.now() - began) / 1000
  const completed = snapshot.trials.filter(({ state }) => state === 'completed').length
  const name = pruner === undefined ? 'no pruner' : [pruner.name, pruner.options.others ?? 'stop'].join(', ')
  console.log(
    `${name.padEnd(12)} ${trials} trials, ${slots} slots: ${took.toFixed(1)} s for ${(elapsedMs / 3_600_000).toFixed(1)} hours; ${completed} ran to their end, ${events} events`,
  )
}
