// Pure search: how near to the best one comes without noise, and the current Optuna beside it.
//   npm run bench -- search-functions [--samplers tpe,gp,auto] [--peers tpe,gp] [--evaluations 25,50,100]
//     [--repeats 20] [--from 0] [--functions branin,mixed] [--tables car,kc1]
// On functions with a known minimum it prints the mean of log10(best value - minimum), on tables (by their true means;
// `--tables ''` leaves them out) the mean regret. Then the average rank: methods are ranked by that mean on each of
// them, equal ones share their ranks, and the interval of 95 % is from repeats drawn anew (1 is best).
// Optuna is played by the Python that SWEEP_OPTUNA_PYTHON names (its GP needs torch and scipy there); without it, it is
// left out and said so. With SWEEP_PEER_CACHE, a folder, what it found is kept there. SWEEP_TABLES: see bench/search.
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'

const jiti = createJiti(import.meta.url)
const { play } = await jiti.import('./search/play.ts')
const { TABLES, tablesAreThere } = await jiti.import('./search/tables.ts')
const { challengesOf } = await jiti.import('./search-functions/challenges.ts')
const { FUNCTIONS } = await jiti.import('./search-functions/functions.ts')
const { peerFigures } = await jiti.import('./search-functions/peer.ts')
const { averageRanks } = await jiti.import('./search-functions/ranks.ts')
const { chooseSampler } = await jiti.import('../src/samplers/auto.ts')
const { summarize } = await jiti.import('../src/statistics/summary.ts')

const { values: flags } = parseArgs({
  options: {
    samplers: { type: 'string', default: 'tpe,gp,auto' },
    peers: { type: 'string', default: 'tpe,gp' },
    evaluations: { type: 'string', default: '25,50,100' },
    repeats: { type: 'string', default: '20' },
    from: { type: 'string', default: '0' },
    functions: { type: 'string', default: FUNCTIONS.map(({ name }) => name).join(',') },
    tables: { type: 'string', default: tablesAreThere() ? TABLES.join(',') : '' },
  },
})
const listed = (text) => text.split(',').filter((it) => it !== '')
const budgets = listed(flags.evaluations).map(Number)
const seeds = Array.from({ length: Number(flags.repeats) }, (_, i) => Number(flags.from) + i)
const python = process.env.SWEEP_OPTUNA_PYTHON
const peers = python === undefined ? [] : listed(flags.peers)
if (python === undefined) console.log('Optuna is NOT RUN: SWEEP_OPTUNA_PYTHON names no Python that has it.')
if (!tablesAreThere()) console.log('Tables are NOT PLAYED: none in ../shared/data/hpo or the folder SWEEP_TABLES.')

/** Rows of figures by challenge and sampler. */
const played = new Map()
/** By challenge, by method: the best figure of each repeat, by budget. */
const found = new Map()
for (const challenge of challengesOf(listed(flags.functions), listed(flags.tables))) {
  const byMethod = new Map()
  for (const name of listed(flags.samplers)) byMethod.set(name, playOurs(challenge, name))
  for (const peer of peers) {
    const evaluations = Math.max(...budgets)
    const rows = await timed(challenge, `Optuna ${peer}`, () =>
      peerFigures(challenge, { peer, python, evaluations, seeds }),
    )
    byMethod.set(
      `Optuna ${peer}`,
      budgets.map((budget) => rows.map((row) => bestOf(row, budget))),
    )
  }
  found.set(challenge.name, byMethod)
}
for (const [b, budget] of budgets.entries()) print(b, budget)

/** What a budget decides for `auto` is the sampler, which then does the same as alone: nothing is played twice. */
function playOurs(challenge, name) {
  return budgets.map((budget) => {
    const trials = { trials: budget, spent: 0, parallel: 1, seeds: 1 }
    const chosen = name === 'auto' ? chooseSampler(challenge.table.space, trials).name : name
    if (name === 'auto') console.error(`${challenge.name}, ${budget} evaluations: auto takes ${chosen}`)
    const key = `${challenge.name} ${chosen}`
    const rows =
      played.get(key) ?? timed(challenge, chosen, () => seeds.map((seed) => playOnce(challenge, chosen, seed)))
    played.set(key, rows)
    return rows.map((row) => bestOf(row, budget))
  })
}

/** @returns the figure of each evaluation */
function playOnce({ table, figureOf }, name, seed) {
  const { history } = play({
    table,
    sampler: { name, options: {} },
    race: { name: 'all-seeds', options: {} },
    evaluations: Math.max(...budgets),
    seed,
    noiseFree: true,
  })
  return history.trials.map(({ configuration }) => figureOf(history.configurations[configuration].params))
}

function bestOf(row, budget) {
  return Math.min(...row.slice(0, budget))
}

function timed({ name }, method, run) {
  const start = performance.now()
  const say = (answer) => {
    const ms = (performance.now() - start) / seeds.length / Math.max(...budgets)
    console.error(`${name} ${method}: ${ms.toFixed(2)} ms an evaluation`)
    return answer
  }
  const answer = run()
  return answer instanceof Promise ? answer.then(say) : say(answer)
}

function print(b, budget) {
  const bests = [...found.values()].map((byMethod) => new Map([...byMethod].map(([method, all]) => [method, all[b]])))
  console.log(`\n${budget} evaluations, ${seeds.length} repeats: mean ± its standard error, and average rank`)
  console.log(['', ...found.keys(), 'rank (95 %)'].map((it, i) => (i === 0 ? it.padEnd(12) : it.padStart(14))).join(''))
  for (const { method, rank, low, high } of averageRanks(bests)) {
    const figures = bests.map((byMethod) => {
      const { mean, sd, n } = summarize(byMethod.get(method))
      return `${mean.toFixed(3)} ±${(sd / Math.sqrt(n)).toFixed(3)}`
    })
    const ranked = `${rank.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
    console.log([method.padEnd(12), ...figures.map((it) => it.padStart(14)), `   ${ranked}`].join(''))
  }
}
