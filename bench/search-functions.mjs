// The best value that a search finds of functions with a known minimum, without noise, and the current Optuna beside it:
//   npm run bench -- search-functions [--samplers gp,tpe,auto] [--functions branin,mixed] [--repeats 20]
//     [--evaluations 100] [--peers tpe,gp]
// Prints the mean of log10(best value - minimum), and the average rank over functions and repeats (1 is best). Optuna is
// played by the Python that SWEEP_OPTUNA_PYTHON names (its GP needs torch and scipy there); without it, it is left out
// and said so. With SWEEP_PEER_CACHE, a folder, what it found is kept there.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'

const jiti = createJiti(import.meta.url)
const { play } = await jiti.import('./search/play.ts')
const { FUNCTIONS, functionTable } = await jiti.import('./search-functions/functions.ts')
const { samplers } = await jiti.import('../src/samplers/index.ts')

const { values: flags } = parseArgs({
  options: {
    samplers: {
      type: 'string',
      default: Object.keys(samplers)
        .filter((it) => it !== 'grid')
        .join(','),
    },
    functions: { type: 'string', default: FUNCTIONS.map(({ name }) => name).join(',') },
    repeats: { type: 'string', default: '20' },
    evaluations: { type: 'string', default: '100' },
    peers: { type: 'string', default: 'tpe,gp' },
  },
})
const repeats = Number(flags.repeats)
const evaluations = Number(flags.evaluations)
const functions = FUNCTIONS.filter(({ name }) => flags.functions.split(',').includes(name))
const python = process.env.SWEEP_OPTUNA_PYTHON
const peers = python === undefined ? [] : flags.peers.split(',').filter((it) => it !== '')
if (python === undefined) console.log('Optuna is NOT RUN: SWEEP_OPTUNA_PYTHON names no Python that has it.')

/** By function, by method: log10 of the regret, one a repeat. */
const found = new Map()
for (const it of functions) {
  const byMethod = new Map()
  for (const name of flags.samplers.split(','))
    byMethod.set(
      name,
      timed(it, name, () => playOurs(it, name)),
    )
  for (const peer of peers) byMethod.set(`Optuna ${peer}`, await playPeer(it, peer))
  found.set(it.name, byMethod)
}
print()

function playOurs(it, name) {
  const table = functionTable(it)
  return Array.from({ length: repeats }, (_, seed) => {
    const { history } = play({
      table,
      sampler: { name, options: {} },
      race: { name: 'all-seeds', options: {} },
      evaluations,
      seed,
      noiseFree: true,
    })
    return logRegret(Math.min(...history.trials.map(({ value }) => value ?? Number.POSITIVE_INFINITY)), it.minimum)
  })
}

function timed(it, name, run) {
  const start = performance.now()
  const answer = run()
  console.error(
    `${it.name} ${name}: ${((performance.now() - start) / repeats / evaluations).toFixed(2)} ms an evaluation`,
  )
  return answer
}

async function playPeer(it, peer) {
  const cache = process.env.SWEEP_PEER_CACHE
  const kept = cache && join(cache, `function-${it.name}-${peer}-${evaluations}-${repeats}.json`)
  if (kept && existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8'))
  const start = performance.now()
  const answer = (await askPeer(it, peer)).map((value) => logRegret(value, it.minimum))
  const ms = (performance.now() - start) / repeats / evaluations
  console.error(`${it.name} Optuna ${peer}: ${ms.toFixed(2)} ms an evaluation`)
  if (kept) {
    mkdirSync(cache, { recursive: true })
    writeFileSync(kept, JSON.stringify(answer))
  }
  return answer
}

/** @returns the best value of each repeat */
async function askPeer(it, peer) {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-peer-'))
  try {
    const file = join(folder, 'arguments.json')
    writeFileSync(file, JSON.stringify(it.arguments))
    const script = join(import.meta.dirname, 'search-functions/optuna-asks.py')
    const seeds = Array.from({ length: repeats }, (_, seed) => seed).join(',')
    const child = spawn(python, [script, file, peer, String(evaluations), seeds], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const values = []
    for await (const line of createInterface(child.stdout)) {
      const value = it.valueAt(JSON.parse(line))
      values.push(value)
      child.stdin.write(`${value}\n`)
    }
    if (values.length !== repeats * evaluations) throw new Error(`Optuna ${peer} ended early on ${it.name}.`)
    return Array.from({ length: repeats }, (_, i) => Math.min(...values.slice(i * evaluations, (i + 1) * evaluations)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function print() {
  const methods = [...(found.values().next().value?.keys() ?? [])]
  const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length
  const ranks = new Map(methods.map((method) => [method, []]))
  for (const byMethod of found.values()) {
    for (let i = 0; i < repeats; i++) {
      for (const method of methods) {
        const own = byMethod.get(method)[i]
        const others = methods.map((other) => byMethod.get(other)[i])
        const better = others.filter((value) => value < own).length
        const equal = others.filter((value) => value === own).length
        ranks.get(method).push(better + (equal + 1) / 2)
      }
    }
  }
  console.log(
    `\n${evaluations} evaluations, ${repeats} repeats: mean log10 regret, and average rank of ${methods.length}`,
  )
  console.log(['', ...found.keys(), 'rank'].map((it, i) => (i === 0 ? it.padEnd(14) : it.padStart(12))).join(''))
  for (const method of methods.sort((a, b) => mean(ranks.get(a)) - mean(ranks.get(b)))) {
    const figures = [...found.values()].map((byMethod) => mean(byMethod.get(method)).toFixed(2))
    console.log(
      [method.padEnd(14), ...[...figures, mean(ranks.get(method)).toFixed(2)].map((it) => it.padStart(12))].join(''),
    )
  }
}

function logRegret(value, minimum) {
  return Math.log10(Math.max(1e-10, value - minimum))
}
