import type { Goal, MetricLimit, ObjectiveSpec } from './sweep-spec.ts'
import type { Configuration, SweepSnapshot, Trial } from './trial.ts'

/** What samplers, pruners and races know of a sweep. Read-only view of a snapshot; cheap to make. */
export interface History {
  readonly goal: Goal
  /** All that is optimised, the sweep's metric first; absent = that metric alone. Values are in `trial.metrics`. */
  readonly objectives?: readonly ObjectiveSpec[]
  /** What a good trial must keep to; absent = nothing. */
  readonly limits?: readonly MetricLimit[]
  readonly configurations: readonly Configuration[]
  readonly trials: readonly Trial[]
  /** Numbers of the trials of one configuration, in the order created. */
  trialsOf(configuration: number): readonly number[]
}

interface TrialIndex {
  readonly byConfiguration: number[][]
  /** Trials indexed so far; trials are only ever added at the end. */
  indexed: number
}

// One index a list of trials, however many views are made of it: the loop makes a view at every decision.
const indices = new WeakMap<readonly Trial[], TrialIndex>()

/**
 * A view of the snapshot's own lists: it shows later changes of the same snapshot, too.
 * Without a metric the goal is `minimize`, which then decides nothing.
 */
export function historyOf(snapshot: Pick<SweepSnapshot, 'spec' | 'configurations' | 'trials'>): History {
  const { configurations, trials, spec } = snapshot
  return {
    goal: spec.metric?.goal ?? 'minimize',
    ...(spec.objectives === undefined ? {} : { objectives: spec.objectives }),
    ...(spec.limits === undefined ? {} : { limits: spec.limits }),
    configurations,
    trials,
    trialsOf: (configuration) => indexOf(trials).byConfiguration[configuration] ?? [],
  }
}

function indexOf(trials: readonly Trial[]): TrialIndex {
  let index = indices.get(trials)
  if (index === undefined) {
    index = { byConfiguration: [], indexed: 0 }
    indices.set(trials, index)
  }
  for (; index.indexed < trials.length; index.indexed++) {
    const { configuration, number } = trials[index.indexed] as Trial
    let list = index.byConfiguration[configuration]
    if (list === undefined) {
      list = []
      index.byConfiguration[configuration] = list
    }
    list.push(number)
  }
  return index
}
