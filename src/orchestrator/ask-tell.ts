import type { Journal } from '../journal/journal.ts'
import type { Verdict } from '../pruners/pruner.ts'
import type { Params } from '../space/domain.ts'
import type { Trial } from '../trial/trial.ts'
import { finalValue } from '../trial/value.ts'
import { type Deciding, eliminations, isFull, nextTrial, promotion, suggestion, verdictOn } from './decide.ts'

/** A trial that somebody else is to run. */
export interface AskedTrial {
  readonly trial: number
  readonly configuration: number
  /** Fixed ones included. */
  readonly params: Params
  readonly seed: number
  /** Step of the last report of a paused trial that goes on; absent = it begins. */
  readonly after?: number
}

/** How a trial ended: its value, all of its metrics, or why there are none. */
export type Told = number | Readonly<Record<string, number>> | { readonly failed: string }

/** Whoever asks runs a trial at once, on a place that nobody counts. */
const SLOT = 'asked'

/**
 * The decisions of a sweep for programs that run trials themselves: the same as the loop makes, without a loop.
 * Everything that is decided and told goes through the journal, so that the journal alone brings it back.
 */
export class AskTell {
  readonly #deciding: Deciding & { readonly journal: Journal }

  constructor(deciding: Deciding & { readonly journal: Journal }) {
    this.#deciding = deciding
  }

  /** @returns undefined when nothing is to be run now: wait for a trial to end, or everything is done */
  ask(): AskedTrial | undefined {
    const { journal } = this.#deciding
    const promoted = promotion(this.#deciding)
    if (promoted !== undefined) {
      journal.append({ type: 'trial-state', state: 'waiting', ...promoted })
      return this.#begin(promoted.trial)
    }
    if (isFull(this.#deciding)) return undefined
    for (const eliminated of eliminations(this.#deciding)) {
      journal.append({ type: 'configuration-eliminated', ...eliminated })
    }
    const next = nextTrial(this.#deciding)
    switch (next.kind) {
      case 'seed':
        return this.#create(next.configuration, next.seed)
      case 'new-configuration': {
        const made = suggestion(this.#deciding)
        if (typeof made === 'string') {
          journal.append({ type: 'space-exhausted' })
          return this.ask()
        }
        const configuration = journal.snapshot.configurations.length
        journal.append({ type: 'configuration-proposed', configuration, ...made })
        return this.#create(configuration, next.seed)
      }
      case 'wait':
      case 'done':
        return undefined
    }
  }

  /** Takes a trial's report; a verdict ends it at once. Of a trial that does not run nothing is heard. */
  report(trial: number, step: number, value: number): Verdict {
    const { journal } = this.#deciding
    if (journal.snapshot.trials[trial]?.state !== 'running') return ENDED
    journal.append({ type: 'reported', trial, step, value })
    const verdict = verdictOn(this.#deciding, trial)
    if (verdict.action === 'continue') return verdict
    const { action, reason } = verdict
    journal.append({ type: 'verdict', trial, action, reason })
    this.#end(trial, { end: 'stopped', state: action === 'stop' ? 'pruned' : 'paused', reason })
    return verdict
  }

  /** Does nothing for a trial that does not run: its pruner has ended it, or it was told already. */
  tell(trial: number, told: Told): void {
    const { journal, spec } = this.#deciding
    const it = journal.snapshot.trials[trial]
    if (it?.state !== 'running') return
    if (typeof told === 'object' && 'failed' in told && typeof told.failed === 'string') {
      this.#end(trial, { end: 'crashed', state: 'failed', reason: told.failed })
      return
    }
    const name = spec.metric?.name ?? 'objective'
    const metrics = typeof told === 'number' ? { [name]: told } : (told as Readonly<Record<string, number>>)
    const value = spec.metric === undefined ? undefined : finalValue(spec.metric, it.curve, metrics)
    if (value === undefined && spec.metric !== undefined) {
      const seen = Object.keys(metrics).join(', ') || 'nothing'
      this.#end(trial, { end: 'finished', state: 'failed', reason: `It was told without "${name}", only ${seen}.` })
      return
    }
    this.#end(trial, { end: 'finished', state: 'completed', metrics, ...(value === undefined ? {} : { value }) })
  }

  /** Trials that were asked for before a program ended, and that nobody runs any more: to be run again. */
  get open(): readonly AskedTrial[] {
    const { trials } = this.#deciding.journal.snapshot
    return trials.filter(({ state }) => state === 'running').map(({ number }) => this.#asked(number))
  }

  #create(configuration: number, seed: number): AskedTrial {
    const { journal } = this.#deciding
    const trial = journal.snapshot.trials.length
    journal.append({ type: 'trial-created', trial, configuration, seed })
    return this.#begin(trial)
  }

  #begin(trial: number): AskedTrial {
    const { journal } = this.#deciding
    const attempt = (journal.snapshot.trials[trial]?.attempts.length ?? 0) + 1
    journal.append({ type: 'attempt-started', trial, attempt, slot: SLOT })
    return this.#asked(trial)
  }

  #asked(trial: number): AskedTrial {
    const { spec, journal } = this.#deciding
    const { configuration, seed, curve } = journal.snapshot.trials[trial] as Trial
    const params = { ...spec.fixed, ...journal.snapshot.configurations[configuration]?.params }
    const last = curve.at(-1)
    return { trial, configuration, params, seed, ...(last === undefined ? {} : { after: last[0] }) }
  }

  #end(trial: number, { end, ...state }: End): void {
    const { journal } = this.#deciding
    const attempt = journal.snapshot.trials[trial]?.attempts.at(-1)?.number ?? 1
    journal.append({ type: 'attempt-ended', trial, attempt, end })
    journal.append({ type: 'trial-state', trial, ...state })
  }
}

interface End {
  readonly end: 'finished' | 'stopped' | 'crashed'
  readonly state: 'completed' | 'failed' | 'pruned' | 'paused'
  readonly reason?: string
  readonly value?: number
  readonly metrics?: Readonly<Record<string, number>>
}

const ENDED: Verdict = { action: 'stop', reason: 'It has ended already.' }
