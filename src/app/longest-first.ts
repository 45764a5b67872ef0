import { duration } from '../base/human-readable.ts'
import { LONGEST_FIRST_WINDOW, type LongestFirst } from '../orchestrator/longest-first.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import type { Described } from './durations/features.ts'
import type { Forecast, Range } from './durations/forecast.ts'
import { durationHistory } from './durations/history.ts'
import { durationModel } from './durations/model.ts'
import type { Workspace } from './workspace.ts'

const BEGINNING = 'The longest trials run first'

/**
 * Whether another order makes no difference to what a sweep runs and finds: a grid of which every trial runs to its end.
 * With a limit of time, short trials first would even end more of them.
 */
export function canReorder(
  { sampler, race, pruner, metric, budget }: SweepSpec,
  { trials, until }: { readonly trials: number | undefined; readonly until?: number | undefined },
): boolean {
  const whole = sampler.name === 'grid' && race.name === 'all-seeds' && pruner === undefined
  const limited = metric?.target !== undefined || budget !== undefined || until !== undefined
  return whole && !limited && trials !== undefined && trials <= LONGEST_FIRST_WINDOW
}

/** For a start. @returns undefined when it would not end sooner, or that is not known */
export function longestFirstOf(
  workspace: Workspace,
  snapshot: SweepSnapshot,
  {
    longestFirst,
    total,
  }: { readonly longestFirst?: Forecast['longestFirst'] | undefined; readonly total?: Range | undefined },
): LongestFirst | undefined {
  if (longestFirst?.sure !== true || total === undefined) return undefined
  const text = `${BEGINNING}: by earlier ones this ends the sweep about ${duration(longestFirst.saved * total.middle)} sooner.`
  return { text, typicalMs: typicalMs(workspace, snapshot) }
}

/** For a resume: as the start had it. */
export function longestFirstAgain(workspace: Workspace, snapshot: SweepSnapshot): LongestFirst | undefined {
  const said = snapshot.notes.find(({ text }) => text.startsWith(BEGINNING))
  return said === undefined ? undefined : { text: said.text, typicalMs: typicalMs(workspace, snapshot) }
}

/** Learnt at the first question, with the params of the sweep as they are by then. */
function typicalMs(workspace: Workspace, snapshot: SweepSnapshot): LongestFirst['typicalMs'] {
  const { spec } = snapshot
  const describe = (configuration: number): Described => ({
    params: { ...spec.fixed, ...snapshot.configurations[configuration]?.params },
    cpus: spec.resources.cpus,
  })
  const known = new Map<number, number>()
  let ask: ((trial: Described) => number) | undefined
  return (configuration) => {
    let ms = known.get(configuration)
    if (ms !== undefined) return ms
    if (ask === undefined) {
      const { trials } = durationHistory(workspace, spec)
      const coming = snapshot.configurations.map(({ number }) => describe(number))
      ask = trials.length === 0 ? () => 0 : durationModel(trials, coming).typical
    }
    ms = ask(describe(configuration))
    known.set(configuration, ms)
    return ms
  }
}
