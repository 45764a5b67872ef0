// Sweeps under random faults: nothing lost, nothing done twice, no orphan, the same ranking (test/faults/ says how).
//   npm run bench -- faults [--schedules 1000] [--from 1] [--at-once 4]
//   npm run bench -- faults --seed 17        replays one schedule and tells what happened
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    'at-once': { type: 'string', default: String(2 * availableParallelism()) },
  },
})
const { performSeed } = await createJiti(import.meta.url).import('../test/faults/perform.ts')
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
if (failing.length > 0) console.log(`failing seeds: ${failing.join(', ')}`)
process.exitCode = failing.length > 0 ? 1 : 0

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
