// Sweeps under random faults: nothing lost, nothing done twice, no orphan, the same ranking (test/faults/ says how).
//   npm run bench -- faults [--schedules 1000] [--from 1] [--at-once 4] [--simulated 2000]
//   npm run bench -- faults --seed 17        replays one schedule and tells what happened
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    simulated: { type: 'string', default: '2000' },
    'at-once': { type: 'string', default: String(2 * availableParallelism()) },
  },
})
// What runs is ended and removed on the way out.
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(130))
const jiti = createJiti(import.meta.url)
const { performSeed } = await jiti.import('../test/faults/perform.ts')
const first = Number(values.seed ?? values.from)
const last = values.seed === undefined ? first + Number(values.schedules) - 1 : first
const count = { lost: 0, doubled: 0, orphan: 0, ranking: 0, stuck: 0 }
const failing = []
let [done, faults, repeated] = [0, 0, 0]
const since = performance.now()

let next = first
await Promise.all(
  Array.from({ length: Math.min(Number(values['at-once']), last - first + 1) }, async () => {
    while (next <= last) take(await performSeed(next++))
  }),
)
const { lost, doubled, orphan, ranking, stuck } = count
const seconds = Math.round((performance.now() - since) / 1000)
console.log(
  `${done} schedules, ${faults} faults, ${repeated} attempts begun again, ${seconds} s: ` +
    `${lost} lost, ${doubled} doubled, ${orphan} orphans, ${ranking} different rankings, ${stuck} stuck`,
)
if (values.seed === undefined) await simulate(Number(values.simulated))
if (failing.length > 0) console.log(`failing seeds: ${failing.join(', ')}`)
if (failing.length > 0) process.exitCode = 1

function take(verdict) {
  done++
  faults += verdict.faults
  repeated += verdict.repeated
  if (values.seed !== undefined) console.log(verdict.story.join('\n'))
  for (const kind of new Set(verdict.violations.map((it) => it.kind))) count[kind]++
  if (verdict.violations.length > 0) {
    failing.push(verdict.seed)
    console.log(`seed ${verdict.seed}: ${verdict.violations.map(({ kind, text }) => `${kind}: ${text}`).join('\n  ')}`)
    console.log(`  replay: npm run bench -- faults --seed ${verdict.seed}`)
  }
  if (done % 20 === 0) console.log(`${done} of ${last - first + 1} schedules, ${failing.length} failing`)
}

/** The loop and the journal on a simulated machine whose orchestrator dies at a random step. */
async function simulate(schedules) {
  const { liveThrough } = await jiti.import('../test/faults/simulated-lives.ts')
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sweep-faults-'))
  let [lives, wrong] = [0, 0]
  try {
    for (let seed = first; seed < first + schedules; seed++) {
      const folder = join(root, String(seed))
      mkdirSync(folder)
      const verdict = await liveThrough(seed, folder)
      rmSync(folder, { recursive: true, force: true })
      lives += verdict.lives
      const open = verdict.snapshot.trials.filter(({ state }) => state !== 'completed')
      if (verdict.wrong.length + open.length === 0 && verdict.snapshot.state === 'finished') continue
      wrong++
      console.log(`simulated seed ${seed}: ${verdict.wrong.join('; ')} ${open.length} trials not completed`)
      console.log(`  replay: FAULTS_SEED=${seed} FAULTS_SIMULATED=1 npx vitest run test/faults/simulated-lives`)
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  console.log(`${schedules} simulated schedules, ${lives} lives of the orchestrator: ${wrong} wrong`)
  if (wrong > 0) process.exitCode = 1
}
