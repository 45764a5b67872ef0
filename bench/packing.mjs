// How well trials are packed on GPUs: the very code of the product (src/gpus/packing.ts, memory-forecast.ts) in a
// simulation, against first-fit by memory, against one trial a GPU, and on small cases against the shortest time there is.
//   npm run bench -- packing [seeds]
import { createJiti } from 'jiti'

const jiti = createJiti(import.meta.url)
const { simulate, NO_SLOW_DOWN, MODERATE } = await jiti.import('./packing-simulation.ts')
const { byFreeMemory, firstFit, known, learned, oneAGpu, packing } = await jiti.import('./packing-placers.ts')
const { optimum } = await jiti.import('./packing-optimum.ts')
const { adversarial, cardsOf, mbert, mixed, small } = await jiti.import('./packing-mixes.ts')
const { rngFor } = await jiti.import('../src/base/rng.ts')

const seeds = Number(process.argv[2] ?? 10)
/** They are quick. */
const SMALL_TIMES = 4
const MOST_NODES = 400_000
const MOST_PER_GPU = 4

/** What is foreseen of a trial's time: all, within about a fifth, nothing. */
const FORESIGHT = {
  'durations known': ({ ms }) => ms,
  'durations within 20 %': ({ key, ms }) => ms * Math.exp(0.2 * rngFor(1, key).normal()),
  'durations unknown': () => undefined,
}
const average = (values) => values.reduce((sum, it) => sum + it, 0) / values.length
const each = (make, count = seeds) => Array.from({ length: count }, (_, seed) => make(seed))
const percent = (share) => `${(100 * share).toFixed(1)} %`

console.log(`Slow-down of trials on one GPU, two models: none at all; moderate: by the sum of their shares of the GPU's
compute where that is above 1 (a trial alone uses 0.3 to 0.7), and ${percent(MODERATE.interference)} for each other trial on it.
These shares are assumed, not measured. ${seeds} seeds, ${SMALL_TIMES * seeds} in small cases; at most ${MOST_PER_GPU} trials a GPU.`)

for (const slowDown of [NO_SLOW_DOWN, MODERATE]) {
  console.log(`\n== ${slowDown.name}`)
  smallCases(slowDown)
  mbertMix(slowDown)
  otherMixes(slowDown)
}
raceOfSlowLoading()

/** 7 trials on two GPUs of 24 GiB; the optimum knows durations and may reserve as much as the packing. */
function smallCases(slowDown) {
  console.log('7 trials on 2 x 24 GiB, shortest time possible / time taken: mean (worst)')
  const cards = cardsOf(24, 24)
  for (const kind of ['single', 'mixed']) {
    const cases = each((seed) => {
      const trials = small(seed, kind)
      const times = Object.entries(FORESIGHT).map(([, foreseen]) => time(cards, trials, { foreseen, slowDown }))
      const fit = simulate(cards, trials, { place: firstFit(known), slowDown, expectedMs: () => undefined }).makespan
      const alone = simulate(cards, trials, { place: oneAGpu(), slowDown, expectedMs: () => undefined }).makespan
      const bytesOf = (trial) => known(trial)
      const atMost = Math.min(...times, fit) * (1 + 1e-6)
      const best = optimum(cards, trials, {
        bytesOf,
        slowDown,
        mostPerGpu: MOST_PER_GPU,
        atMost,
        mostNodes: MOST_NODES,
      })
      return { times: [...times, fit, alone], ...best }
    }, SMALL_TIMES * seeds)
    const proven = cases.filter((it) => it.proven)
    console.log(
      `  ${kind === 'single' ? 'one GPU each' : 'a quarter on two GPUs'} (optimum proven for ${proven.length} of ${cases.length})`,
    )
    for (const [i, name] of [...Object.keys(FORESIGHT), 'first-fit by memory', 'one trial a GPU'].entries()) {
      const ratios = proven.map(({ makespan, times }) => makespan / times[i])
      console.log(`    ${name.padEnd(24)}${percent(average(ratios))} (${percent(Math.min(...ratios))})`)
    }
  }
}

function time(cards, trials, { foreseen, slowDown, knowledge = known }) {
  return simulate(cards, trials, { place: packing(knowledge, foreseen), slowDown, expectedMs: foreseen }).makespan
}

/** 96 trials of 3.6 to 12 GiB; nothing is known of their memory at the start, as in the first sweep of a trainer. */
function mbertMix(slowDown) {
  console.log('96 trials fine-tuning mBERT on 4 GPUs, time of one trial a GPU / time taken; memory used; out of memory')
  for (const sizes of [
    [16, 16, 16, 16],
    [24, 24, 24, 24],
    [40, 40, 40, 40],
    [80, 80, 80, 80],
    [16, 24, 40, 80],
  ]) {
    const cards = cardsOf(...sizes)
    const run = (place, expectedMs = () => undefined) =>
      each((seed) => simulate(cards, mbert(seed, 96), { place: place(seed), slowDown, expectedMs }))
    const alone = run(oneAGpu)
    const rows = {
      'learned from nothing': run(() => packing(learned(), FORESIGHT['durations unknown'])),
      'known after many': run(
        () => packing(known, FORESIGHT['durations within 20 %']),
        FORESIGHT['durations within 20 %'],
      ),
      'first-fit by memory': run(() => firstFit(known)),
    }
    for (const [name, outcomes] of Object.entries(rows)) {
      const gain = average(outcomes.map(({ makespan }, i) => alone[i].makespan / makespan))
      const failed = outcomes.reduce((sum, { outOfMemory }) => sum + outOfMemory, 0)
      const used = percent(average(outcomes.map(({ memoryUse }) => memoryUse)))
      console.log(`  ${sizes.join('+').padEnd(12)} GiB ${name.padEnd(24)}${gain.toFixed(2)} x   ${used}   ${failed}`)
    }
  }
}

function otherMixes(slowDown) {
  const mixes = {
    'mixed: 60 trials, every tenth on 2 or 4 GPUs, 4 x 24 GiB': [(seed) => mixed(seed, 60), cardsOf(24, 24, 24, 24)],
    'adversarial: 30 short, then a whole GPU and two GPUs for 4 h, 2 x 24 GiB': [
      (seed) => adversarial(seed, 32),
      cardsOf(24, 24),
    ],
  }
  for (const [title, [make, cards]] of Object.entries(mixes)) {
    console.log(`${title}: time of one trial a GPU / time taken`)
    const times = (place, expectedMs = () => undefined) =>
      each((seed) => simulate(cards, make(seed), { place: place(), slowDown, expectedMs }).makespan)
    const alone = times(oneAGpu)
    const line = (name, them) =>
      console.log(`  ${name.padEnd(26)}${average(them.map((it, i) => alone[i] / it)).toFixed(2)} x`)
    for (const [name, foreseen] of Object.entries(FORESIGHT))
      line(
        name,
        times(() => packing(known, foreseen), foreseen),
      )
    line(
      'first-fit by memory',
      times(() => firstFit(known)),
    )
  }
}

/** What happens to a tool that looks at free memory alone. */
function raceOfSlowLoading() {
  const cards = cardsOf(24, 24)
  const failures = (place) =>
    each((seed) =>
      simulate(cards, mbert(seed, 40), { place: place(), slowDown: NO_SLOW_DOWN, expectedMs: () => undefined }),
    ).reduce((sum, { outOfMemory }) => sum + outOfMemory, 0)
  console.log(`\n== out of memory, ${seeds} x 40 trials on 2 x 24 GiB
by memory that is free now  ${failures(() => byFreeMemory(known))}
by reservation              ${failures(() => packing(known, () => undefined))}`)
}
