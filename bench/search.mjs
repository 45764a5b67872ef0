// Regret of the configuration that a search recommends, on tables of results (0 = the best there is, 1 = the median):
//   npm run bench -- search --sampler random --race all-seeds --evaluations 100 --repeats 20 [--table car,kc1]
//     [--parallel 4] [--seeds 5] [--noise-free] [--sampler-options '{...}'] [--race-options '{...}'] [--peer]
// The tables are looked for in ../shared/data/hpo, or in the folder that SWEEP_TABLES names. With --peer, the current
// Optuna is played beside it by the Python that SWEEP_OPTUNA_PYTHON names.
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'

const jiti = createJiti(import.meta.url)
const { play } = await jiti.import('./search/play.ts')
const { TABLES, tableOf, tablesAreThere } = await jiti.import('./search/tables.ts')
const { tInterval } = await jiti.import('../src/statistics/intervals.ts')
const { summarize } = await jiti.import('../src/statistics/summary.ts')
const { peerRegrets } = await jiti.import('./search/peer.ts')

const { values: flags } = parseArgs({
  options: {
    sampler: { type: 'string', default: 'random' },
    race: { type: 'string', default: 'all-seeds' },
    evaluations: { type: 'string', default: '100' },
    repeats: { type: 'string', default: '20' },
    table: { type: 'string', default: TABLES.join(',') },
    parallel: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    'noise-free': { type: 'boolean', default: false },
    'sampler-options': { type: 'string', default: '{}' },
    'race-options': { type: 'string', default: '{}' },
    peer: { type: 'boolean', default: false },
  },
})
if (!tablesAreThere()) {
  console.log('SKIPPED: no tables in ../shared/data/hpo, and SWEEP_TABLES names no folder with them.')
  process.exit(0)
}

const repeats = Number(flags.repeats)
const tables = flags.table.split(',')
const figure = (value) => value.toFixed(4)
const sampler = { name: flags.sampler, options: JSON.parse(flags['sampler-options']) }
const race = { name: flags.race, options: JSON.parse(flags['race-options']) }

const budgets = flags.evaluations.split(',').map(Number)
for (const evaluations of budgets) {
  console.log(
    `\n${evaluations} evaluations, ${repeats} repeats, ${flags.parallel} at a time: regret of the recommended one`,
  )
  const ours = Object.fromEntries(tables.map((name) => [name, playAll(name, evaluations)]))
  print(`${flags.sampler} + ${flags.race}`, 'mean', ours)
  if (flags.peer) compare(ours, evaluations)
}

/** @returns the regrets, one a repeat */
function playAll(name, evaluations) {
  const start = performance.now()
  const games = Array.from({ length: repeats }, (_, seed) => playOne(name, evaluations, seed))
  const ms = (performance.now() - start) / repeats
  const regrets = games.map(({ regret }) => regret)
  const visited = summarize(games.map((it) => it.visited)).mean
  const tried = summarize(games.map(({ history }) => history.configurations.length)).mean
  const rest = `visited ${figure(visited)}  configurations ${tried.toFixed(1)}  ${ms.toFixed(0)} ms`
  print(`${flags.sampler} + ${flags.race}`, name, regrets, rest)
  return regrets
}

function compare(ours, evaluations) {
  for (const variant of ['best', 'race']) {
    const theirs = Object.fromEntries(
      tables.map((name) => [
        name,
        peerRegrets({ table: tableOf(name), evaluations: budgets, repeats })[variant][evaluations],
      ]),
    )
    for (const name of tables) {
      print(`Optuna, ${variant}`, name, theirs[name], `ours/theirs ${ratio(ours[name], theirs[name])}`)
    }
    const [mine, peers] = [ours, theirs].map((them) => Object.values(them).flat())
    print(`Optuna, ${variant}`, 'mean', theirs, `ours/theirs ${ratio(mine, peers)}`)
  }
}

function ratio(ours, theirs) {
  return (summarize(ours).mean / summarize(theirs).mean).toFixed(3)
}

function playOne(name, evaluations, seed) {
  const table = tableOf(name)
  const seeds = flags.seeds === undefined ? {} : { seeds: table.seeds.slice(0, Number(flags.seeds)) }
  return play({
    table,
    sampler,
    race,
    evaluations,
    seed,
    parallel: Number(flags.parallel),
    noiseFree: flags['noise-free'],
    ...seeds,
  })
}

/** @param regrets of one table, or of each of several */
function print(who, name, regrets, rest = '') {
  const groups = Array.isArray(regrets) ? [regrets] : Object.values(regrets)
  const all = groups.map((group) => summarize(group))
  const mean = summarize(all.map((it) => it.mean)).mean
  const standardError = Math.sqrt(all.reduce((sum, { sd, n }) => sum + sd ** 2 / n, 0)) / all.length
  const df = all.reduce((sum, { n }) => sum + n - 1, 0)
  const { low, high } = tInterval(mean, { standardError, df })
  console.log(`  ${who.padEnd(24)}${name.padEnd(10)}${figure(mean)}  (${figure(low)} to ${figure(high)})  ${rest}`)
}
