import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { BugError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { rngFor } from '../base/rng.ts'
import type { Suggestion } from '../samplers/sampler.ts'
import { paramsKey } from '../space/params-key.ts'
import { historyOf } from '../trial/history.ts'
import { holdsBack } from './failure-guard.ts'
import { LONGEST_FIRST_WINDOW } from './longest-first.ts'
import { claimsAhead } from './place.ts'
import { trialDirOf } from './prepare-attempt.ts'
import { sortWaiting } from './sort-waiting.ts'
import { capacity, record, type SweepLoop } from './sweep-loop.ts'
import { endAtTarget } from './take-reports.ts'

/** Times that a sampler may propose what is already there before its space counts as used up. */
const REPEATS = 1000

/** Creates as many trials as can start soon; later ones are asked for when more is known. */
export function ask(loop: SweepLoop): void {
  if (holdsBack(loop)) return
  const wanted = wantedNow(loop)
  let busy = loop.running.size + loop.waiting.length + loop.seats.reduce((sum, seat) => sum + seat.claims.length, 0)
  let created: ReturnType<typeof askOnce> | undefined
  let news = false
  while (loop.ending === undefined && loop.control.mayStart && !loop.asked && busy < wanted && created !== 'nothing') {
    created = askOnce(loop)
    if (created !== 'waiting') continue
    busy++
    news = true
  }
  if (news) sortWaiting(loop)
}

/** Trials that run or wait, at most: one that runs on each slot, those in its queue, and as many claims. */
function wantedNow(loop: SweepLoop): number {
  const most = capacity(loop)
  const soon = most * (1 + 2 * claimsAhead(loop))
  return loop.longestFirst === undefined || most === 0 ? soon : Math.max(soon, LONGEST_FIRST_WINDOW)
}

/** @returns `answered` when an earlier sweep had the trial's result already */
function askOnce(loop: SweepLoop): 'waiting' | 'answered' | 'nothing' {
  const { spec, journal, race } = loop
  const { trials, exhausted } = journal.snapshot
  if (trials.length >= (loop.control.budget.trials ?? Number.POSITIVE_INFINITY)) {
    loop.asked = true
    return 'nothing'
  }
  const next = race.next({ seeds: spec.seeds, exhausted, history: historyOf(journal.snapshot) })
  switch (next.kind) {
    case 'done':
      loop.asked = true
      return 'nothing'
    case 'wait':
      if (
        loop.running.size + loop.waiting.length + loop.resting.size === 0 &&
        loop.seats.every(({ claims }) => claims.length === 0)
      ) {
        throw new BugError('The race waits for a trial to end, but none is running.')
      }
      return 'nothing'
    case 'seed':
      return createTrial(loop, next.configuration, next.seed)
    case 'new-configuration': {
      const configuration = propose(loop)
      if (configuration !== undefined) return createTrial(loop, configuration, next.seed)
      record(loop, { type: 'space-exhausted' })
      return askOnce(loop)
    }
  }
}

/** @returns the new configuration's number, or undefined when the sampler has nothing new */
function propose(loop: SweepLoop): number | undefined {
  const { configurations } = loop.journal.snapshot
  const known = knownKeys(loop)
  let { cursor } = loop.journal.snapshot
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const suggestion = suggest(loop, cursor, repeat)
    if (suggestion === undefined) return undefined
    cursor = suggestion.cursor
    const key = paramsKey(suggestion.params)
    if (known.has(key)) continue
    known.add(key)
    const configuration = configurations.length
    record(loop, { type: 'configuration-proposed', configuration, ...suggestion })
    return configuration
  }
  const text = `The sampler proposed only known configurations ${counted(REPEATS, 'time')} in a row, so its space counts as used up.`
  record(loop, { type: 'note', level: 'info', text })
  return undefined
}

function suggest(loop: SweepLoop, cursor: number | undefined, repeat: number): Suggestion | undefined {
  const { spec, sampler, journal } = loop
  const configuration = journal.snapshot.configurations.length
  // A repeat gets a stream of its own: the same stream would give the same answer for ever.
  const name = repeat === 0 ? [configuration] : [configuration, repeat]
  return sampler.suggest({
    space: spec.space,
    configuration,
    cursor,
    history: historyOf(journal.snapshot),
    sweepSeed: spec.sweepSeed,
    // A grid draws nothing, and a stream costs more than its next point.
    get rng() {
      return rngFor(spec.sweepSeed, 'sampler', ...name)
    },
  })
}

const keysOfLoop = new WeakMap<SweepLoop, Set<string>>()

/** Made once from the journal, then kept up to date. */
function knownKeys(loop: SweepLoop): Set<string> {
  let keys = keysOfLoop.get(loop)
  if (keys === undefined) {
    keys = new Set(loop.journal.snapshot.configurations.map(({ params }) => paramsKey(params)))
    keysOfLoop.set(loop, keys)
  }
  return keys
}

function createTrial(loop: SweepLoop, configuration: number, seed: number): 'waiting' | 'answered' {
  const { journal, spec } = loop
  const trial = journal.snapshot.trials.length
  const params = { ...spec.fixed, ...journal.snapshot.configurations[configuration]?.params }
  const address = loop.addressOf?.(params, seed)
  record(loop, { type: 'trial-created', trial, configuration, seed, ...(address === undefined ? {} : { address }) })
  if (address !== undefined && answerFromEarlier(loop, trial, address)) return 'answered'
  loop.waiting.push(trial)
  return 'waiting'
}

function answerFromEarlier(loop: SweepLoop, trial: number, address: string): boolean {
  const answer = loop.answerFor?.(address)
  if (answer === undefined || !linkOutputs(loop.sweepDir, trial, answer.dir)) return false
  const { from, value, metrics } = answer
  const said = value === undefined ? {} : { value }
  record(loop, { type: 'trial-state', trial, state: 'completed', metrics, reusedFrom: from, ...said })
  if (!loop.reuseSaid) {
    loop.reuseSaid = true
    const text = `Trial ${trial} is answered by ${from}: same trainer, params, seed, data and code. Others may be, too; --no-reuse runs them again.`
    record(loop, { type: 'note', level: 'info', text, trial })
  }
  endAtTarget(loop, trial, value)
  return true
}

/** What the earlier trial wrote is found in this trial's folder, too; without such a link the trial is run instead. */
function linkOutputs(sweepDir: string, trial: number, outputs: string): boolean {
  const link = trialDirOf(sweepDir, trial)
  try {
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(relative(dirname(link), outputs), link)
    return true
  } catch {
    return false
  }
}
