import { systemClock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { JOURNAL_FORMAT, type JournalEvent } from '../journal/event.ts'
import { decodeEvent, encodeEvent } from '../journal/event-codec.ts'
import { MemoryJournal } from '../journal/memory-journal.ts'
import { AskTell } from '../orchestrator/ask-tell.ts'
import { pruners } from '../pruners/index.ts'
import { races } from '../racing/index.ts'
import { samplers } from '../samplers/index.ts'
import type { NotedBudget } from '../trial/search-budget.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { chosen } from './chosen.ts'

/** Everything that a search has decided and heard. Plain JSON. */
export interface SearchState {
  readonly format: number
  readonly spec: SweepSpec
  /** Lines of a journal. */
  readonly events: readonly object[]
}

/** Decisions for a program that runs trials itself, and what they rest on. */
export interface OpenSearch {
  readonly askTell: AskTell
  readonly snapshot: SweepSnapshot
  /** What of the budget the next decisions rest on. */
  noteBudget(budget: NotedBudget): void
  state(): SearchState
}

/**
 * @param before of an earlier program; its spec wins, so that a changed definition does not change what is decided
 * @throws {UserError} SEARCH_STATE
 */
export function openSearch(spec: SweepSpec, before?: SearchState): OpenSearch {
  const events: JournalEvent[] = []
  const known = before?.spec ?? spec
  const journal = new MemoryJournal({
    id: `${known.name}.0`,
    spec: known,
    clock: systemClock,
    onEvent: (event) => events.push(event),
  })
  for (const event of before === undefined ? [] : eventsOf(before)) journal.take(event)
  const pruner = known.pruner === undefined ? {} : { pruner: chosen(pruners, known.pruner) }
  const askTell = new AskTell({
    spec: known,
    sampler: chosen(samplers, known.sampler),
    ...pruner,
    race: chosen(races, known.race),
    journal,
  })
  return {
    askTell,
    get snapshot() {
      return journal.snapshot
    },
    noteBudget: (budget) => {
      const { search } = journal.snapshot
      const same =
        search?.trials === budget.trials && search?.parallel === budget.parallel && search.time === budget.time
      if (!same) journal.append({ type: 'search-budget', ...budget })
    },
    state: () => ({
      format: JOURNAL_FORMAT,
      spec: known,
      events: events.map((event) => JSON.parse(encodeEvent(event)) as object),
    }),
  }
}

function eventsOf({ format, events }: SearchState): JournalEvent[] {
  if (format !== JOURNAL_FORMAT || !Array.isArray(events)) {
    throw stateError(`it has format ${format}, and this release reads ${JOURNAL_FORMAT}`)
  }
  return events.map((line, i) => {
    const event = decodeEvent(JSON.stringify(line))
    if (typeof event === 'string') throw stateError(`its event ${i} is no event: ${event}`)
    return event
  })
}

function stateError(seen: string): UserError {
  return new UserError(`The state of the search cannot be used: ${seen}. Nothing was changed.`, {
    code: 'SEARCH_STATE',
    suggestions: ['give it what state() returned, unchanged', 'leave it out to begin anew'],
  })
}
