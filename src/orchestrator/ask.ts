import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { BugError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { settledReason } from '../trial/settled.ts'
import { cancelTrial, isSkipped } from './cancel-trial.ts'
import { eliminations, isFull, nextTrial, promotion, REPEATS, suggestion } from './decide.ts'
import { holdsBack } from './failure-guard.ts'
import { LONGEST_FIRST_WINDOW } from './longest-first.ts'
import { noteBudget } from './note-budget.ts'
import { claimsAhead } from './place.ts'
import { trialDirOf } from './prepare-attempt.ts'
import { sortWaiting } from './sort-waiting.ts'
import { capacity, record, type SweepLoop } from './sweep-loop.ts'
import { endAtTarget } from './take-reports.ts'

/** Creates as many trials as can start soon; later ones are asked for when more is known. */
export function ask(loop: SweepLoop): void {
  if (holdsBack(loop)) return
  const wanted = wantedNow(loop)
  let busy = loop.running.size + loop.waiting.length + loop.seats.reduce((sum, seat) => sum + seat.claims.length, 0)
  let news = false
  while (busy < wanted && loop.ending === undefined && loop.control.mayStart) {
    const created = promote(loop) ? 'waiting' : askOnce(loop)
    if (created === 'nothing') break
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

/** A paused trial goes before anything new: much of it is paid for already. @returns whether one goes on */
function promote(loop: SweepLoop): boolean {
  const promoted = promotion(loop)
  if (promoted === undefined) return false
  record(loop, { type: 'trial-state', state: 'waiting', ...promoted })
  loop.waiting.push(promoted.trial)
  return true
}

/** @returns `over` when it need not run: an earlier sweep had its result already, or a person has put it away */
function askOnce(loop: SweepLoop): 'waiting' | 'over' | 'nothing' {
  if (loop.asked) return 'nothing'
  noteBudget(loop)
  if (isFull(loop)) {
    loop.asked = true
    return 'nothing'
  }
  for (const eliminated of eliminations(loop)) record(loop, { type: 'configuration-eliminated', ...eliminated })
  const next = nextTrial(loop)
  switch (next.kind) {
    case 'done':
      loop.asked = true
      return 'nothing'
    case 'wait':
      if (!isIdle(loop)) return 'nothing'
      if (endPaused(loop)) return askOnce(loop)
      throw new BugError('The race waits for a trial to end, but none is running.')
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

function isIdle({ running, waiting, resting, seats }: SweepLoop): boolean {
  return running.size + waiting.length + resting.size === 0 && seats.every(({ claims }) => claims.length === 0)
}

/** Trials that nobody lets go on must not keep a race waiting for ever. @returns whether there were any */
function endPaused(loop: SweepLoop): boolean {
  const reason = 'It was paused, and nothing else is left to run that could let it go on.'
  const paused = loop.journal.snapshot.trials.filter(({ state }) => state === 'paused')
  for (const { number } of paused) record(loop, { type: 'trial-state', trial: number, state: 'pruned', reason })
  return paused.length > 0
}

/** @returns the new configuration's number, or undefined when the sampler has nothing new */
function propose(loop: SweepLoop): number | undefined {
  const made = suggestion(loop)
  if (made === 'repeating') {
    const text = `The sampler proposed only known configurations ${counted(REPEATS, 'time')} in a row, so its space counts as used up.`
    record(loop, { type: 'note', level: 'info', text })
  }
  const settled = made === 'used-up' ? settledReason(loop.journal.snapshot) : undefined
  if (settled !== undefined) record(loop, { type: 'note', level: 'info', text: settled })
  if (made === 'repeating' || made === 'used-up') return undefined
  const configuration = loop.journal.snapshot.configurations.length
  record(loop, { type: 'configuration-proposed', configuration, ...made })
  return configuration
}

function createTrial(loop: SweepLoop, configuration: number, seed: number): 'waiting' | 'over' {
  const { journal, spec } = loop
  const trial = journal.snapshot.trials.length
  const params = { ...spec.fixed, ...journal.snapshot.configurations[configuration]?.params }
  const address = loop.addressOf?.(params, seed)
  record(loop, { type: 'trial-created', trial, configuration, seed, ...(address === undefined ? {} : { address }) })
  if (isSkipped(loop, trial)) {
    cancelTrial(loop, trial)
    return 'over'
  }
  if (address !== undefined && answerFromEarlier(loop, trial, address)) return 'over'
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
