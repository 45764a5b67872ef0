import type { JournalEvent } from '../journal/event.ts'
import type { JournalStep } from '../journal/walk-journal.ts'
import type { NextTrial } from '../racing/race.ts'
import { paramsKey } from '../space/params-key.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { type Deciding, eliminations, isFull, nextTrial, promotion, suggestion, verdictOn } from './decide.ts'

export type DecisionKind = 'configuration' | 'seed' | 'elimination' | 'verdict' | 'promotion' | 'end'

/** A place where this release would decide otherwise than the journal tells. */
export interface ReplayDifference {
  /** Of the journal; 1 for its first line. */
  readonly line: number
  readonly kind: DecisionKind
  /** What was decided then, and what would be now; for people. */
  readonly was: string
  readonly wouldBe: string
}

export interface Replay {
  /** How many were made again, by kind. */
  readonly decisions: Readonly<Record<DecisionKind, number>>
  readonly differences: readonly ReplayDifference[]
  /** The journal is of a release that did not write down what verdicts and budgets rest on: those were not made again. */
  readonly early: boolean
}

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

/**
 * Makes every decision of a journal again, each on the sweep as it stood then, and compares. A difference does not spread:
 * what follows is decided on what really happened.
 */
export function replay(deciders: Omit<Deciding, 'journal' | 'spec'>, steps: Iterable<JournalStep>): Replay {
  const replayer = new Replayer(deciders)
  for (const step of steps) replayer.take(step)
  return replayer.outcome
}

class Replayer {
  readonly #deciders: Omit<Deciding, 'journal' | 'spec'>
  readonly #decisions: Record<DecisionKind, number> = {
    configuration: 0,
    seed: 0,
    elimination: 0,
    verdict: 0,
    promotion: 0,
    end: 0,
  }
  readonly #differences: ReplayDifference[] = []
  /** The report of the line before, about which the pruner was asked. */
  #judged: { readonly line: number; readonly trial: number } | undefined
  /** Decided together with the elimination of the line before, and not met yet. */
  #eliminated: { readonly configuration: number; readonly reason: string }[] | undefined
  /** The configuration of a line before was proposed for this seed. */
  #proposed: { readonly configuration: number; readonly seed: number } | undefined
  #putAway = false
  #early = true

  constructor(deciders: Omit<Deciding, 'journal' | 'spec'>) {
    this.#deciders = deciders
  }

  get outcome(): Replay {
    return { decisions: this.#decisions, differences: this.#differences, early: this.#early }
  }

  take(step: JournalStep): void {
    const { event } = step
    if (event.type === 'note') return
    this.#afterReport(step)
    switch (event.type) {
      case 'search-budget':
        this.#early = false
        // It is asked for between a promotion that there was not and an elimination.
        return
      case 'configuration-eliminated':
        this.#elimination(step, event)
        return
      case 'configuration-proposed':
        this.#beforeNext(step)
        this.#configuration(step, event)
        break
      case 'space-exhausted':
        this.#beforeNext(step)
        this.#exhausted(step)
        break
      case 'trial-created':
        this.#trial(step, event)
        break
      case 'trial-state':
        this.#trialState(step, event)
        break
      case 'sweep-state':
        if (event.state === 'finished' && event.by === undefined) this.#end(step)
        this.#proposed = undefined
        break
      case 'reported':
        if (this.#isJudged(step, event)) this.#judged = { line: step.line, trial: event.trial }
        break
    }
    this.#eliminated = undefined
  }

  #deciding(before: SweepSnapshot): Deciding {
    return { ...this.#deciders, spec: before.spec, journal: { snapshot: before } }
  }

  #compare({ line }: Pick<JournalStep, 'line'>, kind: DecisionKind, was: string, wouldBe: string): void {
    this.#decisions[kind]++
    if (was !== wouldBe) this.#differences.push({ line, kind, was, wouldBe })
  }

  /** Nothing was to be promoted or eliminated, or that would have come first. */
  #beforeNext({ line, before }: JournalStep): void {
    const first = this.#eliminated === undefined
    for (const { configuration, reason } of this.#eliminated ?? eliminations(this.#deciding(before))) {
      const wouldBe = eliminationInWords(configuration, reason)
      this.#differences.push({ line, kind: 'elimination', was: 'nothing is eliminated', wouldBe })
    }
    const promoted = first ? promotion(this.#deciding(before)) : undefined
    if (promoted === undefined) return
    this.#differences.push({
      line,
      kind: 'promotion',
      was: 'no paused trial goes on',
      wouldBe: promotionInWords(promoted),
    })
  }

  #configuration(step: JournalStep, { configuration, params, cursor }: EventOf<'configuration-proposed'>): void {
    const deciding = this.#deciding(step.before)
    const next = nextTrial(deciding)
    const was = proposalInWords(configuration, { params, ...(cursor === undefined ? {} : { cursor }) })
    if (next.kind !== 'new-configuration') {
      this.#compare(step, 'configuration', was, nextInWords(next))
      return
    }
    this.#proposed = { configuration, seed: next.seed }
    this.#compare(step, 'configuration', was, proposalInWords(configuration, suggestion(deciding)))
  }

  #exhausted(step: JournalStep): void {
    const deciding = this.#deciding(step.before)
    const next = nextTrial(deciding)
    const wouldBe =
      next.kind === 'new-configuration'
        ? proposalInWords(step.before.configurations.length, suggestion(deciding))
        : nextInWords(next)
    this.#compare(step, 'configuration', USED_UP, wouldBe)
  }

  #trial(step: JournalStep, { configuration, seed }: EventOf<'trial-created'>): void {
    const proposed = this.#proposed
    this.#proposed = undefined
    const was = nextInWords({ kind: 'seed', configuration, seed })
    if (proposed?.configuration === configuration) {
      this.#compare(step, 'seed', was, nextInWords({ kind: 'seed', ...proposed }))
      return
    }
    this.#beforeNext(step)
    this.#compare(step, 'seed', was, nextInWords(nextTrial(this.#deciding(step.before))))
  }

  #elimination(step: JournalStep, { configuration, reason }: EventOf<'configuration-eliminated'>): void {
    if (this.#eliminated === undefined || this.#eliminated.length === 0) {
      this.#eliminated = [...eliminations(this.#deciding(step.before))]
    }
    const would = this.#eliminated.shift()
    const wouldBe =
      would === undefined ? 'nothing is eliminated' : eliminationInWords(would.configuration, would.reason)
    this.#compare(step, 'elimination', eliminationInWords(configuration, reason), wouldBe)
  }

  #trialState(step: JournalStep, { trial, state, reason }: EventOf<'trial-state'>): void {
    const from = step.before.trials[trial]?.state
    if (from === 'paused' && state === 'pruned') this.#putAway = true
    if (from !== 'paused' || state !== 'waiting') return
    const promoted = promotion(this.#deciding(step.before))
    const wouldBe = promoted === undefined ? 'no paused trial goes on' : promotionInWords(promoted)
    this.#compare(step, 'promotion', promotionInWords({ trial, reason: reason ?? '' }), wouldBe)
  }

  #isJudged({ before }: JournalStep, { trial, late }: EventOf<'reported'>): boolean {
    const judging = this.#deciders.pruner !== undefined && before.search !== undefined
    return judging && late === undefined && before.trials[trial]?.verdict === undefined
  }

  /** Only now does the sweep that the pruner was asked about stand in `before`. */
  #afterReport({ event, before }: JournalStep): void {
    const judged = this.#judged
    this.#judged = undefined
    if (judged === undefined) return
    // The orchestrator died between the two, and with it what it had decided.
    if (event.type === 'sweep-state' && event.state === 'running') return
    const now = verdictOn(this.#deciding(before), judged.trial)
    const wouldBe = now.action === 'continue' ? GOES_ON : `${now.action}: ${now.reason}`
    const told = event.type === 'verdict' && event.trial === judged.trial
    this.#compare(judged, 'verdict', told ? `${event.action}: ${event.reason}` : GOES_ON, wouldBe)
  }

  #end(step: JournalStep): void {
    const deciding = this.#deciding(step.before)
    // What was put away at the very end is not what the race saw when it ended.
    if (this.#putAway || isFull(deciding)) return
    this.#compare(step, 'end', nextInWords({ kind: 'done' }), nextInWords(nextTrial(deciding)))
  }
}

const GOES_ON = 'the trial goes on'
const USED_UP = 'the space is used up'

function proposalInWords(configuration: number, made: ReturnType<typeof suggestion>): string {
  if (typeof made === 'string') return USED_UP
  const place = made.cursor === undefined ? '' : ` (place ${made.cursor})`
  return `configuration ${configuration}: ${paramsKey(made.params)}${place}`
}

function nextInWords(next: NextTrial): string {
  switch (next.kind) {
    case 'seed':
      return `configuration ${next.configuration} gets seed ${next.seed}`
    case 'new-configuration':
      return `a new configuration gets seed ${next.seed}`
    case 'wait':
      return 'wait for a trial to end'
    case 'done':
      return 'nothing more is to be run'
  }
}

function eliminationInWords(configuration: number, reason: string): string {
  return `configuration ${configuration} is eliminated: ${reason}`
}

function promotionInWords({ trial, reason }: { readonly trial: number; readonly reason: string }): string {
  return `trial ${trial} goes on: ${reason}`
}
