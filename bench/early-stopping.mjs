// Regret of pruners at equal total epochs, on recorded learning curves and made-up families of them:
//   npm run bench -- early-stopping [--repeats 100] [--budgets 10,20]
// 0 = the best of all curves, 1 = the median; budgets are in trials that run to their end. The recorded curves are
// looked for in ../shared/data/hpo, or in the folder that SWEEP_TABLES names. Our own code plays the peers by their
// documented rules: Optuna's median (5 start-up trials), successive halving (1, 3) and Hyperband.
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'

const jiti = createJiti(import.meta.url)
const { MADE_UP, madeUpCurves, recordedCurves } = await jiti.import('./early-stopping/curves.ts')
const { playCurves } = await jiti.import('./early-stopping/play.ts')
const { pruners } = await jiti.import('../src/pruners/index.ts')
const { tInterval } = await jiti.import('../src/statistics/intervals.ts')
const { summarize } = await jiti.import('../src/statistics/summary.ts')

const { values: flags } = parseArgs({
  options: { repeats: { type: 'string', default: '100' }, budgets: { type: 'string', default: '10,20' } },
})
const repeats = Number(flags.repeats)

const PLAYERS = [
  ['no pruner', () => undefined],
  ['asha (ours)', () => pruners.asha.create({})],
  ['asha, pause', () => pruners.asha.create({ others: 'pause' })],
  ['median (ours)', () => pruners.median.create({})],
  ['halving (1, 3)', () => pruners.asha.create({ trust: false })],
  ['Optuna median', () => pruners.median.create({ trust: false })],
  ['Optuna Hyperband', (epochs) => pruners.hyperband.create({ max: epochs, trust: false })],
]

const recorded = recordedCurves()
if (recorded.length === 0) console.log('SKIPPED: the recorded curves, which are not in ../shared/data/hpo.')
const sets = [
  ...recorded.map((curves) => [curves.name, curves.early, () => curves]),
  ...MADE_UP.map((name) => [name, madeUpCurves(name, 0, { many: 1 }).early, (draw) => madeUpCurves(name, draw)]),
]
for (const budget of flags.budgets.split(',').map(Number)) {
  console.log(`\nepochs of ${budget} whole trials, ${repeats} repeats: mean regret ± half of its 95 % interval`)
  console.log(`${'curves'.padEnd(26)}${PLAYERS.map(([name]) => name.padStart(17)).join('')}`)
  for (const [name, early, draw] of sets) {
    const games = Array.from({ length: repeats }, (_, seed) => draw(seed))
    const cells = PLAYERS.map(([, make]) => cellOf(games, make(games[0].epochs), budget))
    console.log(`${`${name}, ${early}`.padEnd(26)}${cells.join('')}`)
  }
}

function cellOf(games, pruner, budget) {
  const regrets = games.map((curves, seed) => {
    return playCurves({ curves, pruner, budget: budget * curves.epochs, seed }).regret
  })
  const { mean, sd, n } = summarize(regrets)
  const { high } = tInterval(mean, { standardError: sd / Math.sqrt(n), df: n - 1 })
  return `${mean.toFixed(3)} ±${(high - mean).toFixed(3)}`.padStart(17)
}
