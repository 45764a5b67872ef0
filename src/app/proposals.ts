import { rngFor } from '../base/rng.ts'
import type { Sampler, Suggestion } from '../samplers/sampler.ts'
import type { Params } from '../space/domain.ts'
import { historyOf } from '../trial/history.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { earlierAnswers } from './earlier-answers.ts'
import { addressing } from './run-loop.ts'
import type { Workspace } from './workspace.ts'

/** Trials looked up in earlier sweeps: about 20 ms of work. */
const LOOKED_UP = 2000

/** The sampler's first proposals as a start would get them; those of samplers that learn are only the first ones. */
export function* proposals(spec: SweepSpec, sampler: Sampler, most: number): Generator<Params> {
  const history = historyOf({ spec, configurations: [], trials: [] })
  let last: Suggestion | undefined
  for (let configuration = 0; configuration < most; configuration++) {
    const rng = rngFor(spec.sweepSeed, 'sampler', configuration)
    const { space, sweepSeed } = spec
    last = sampler.suggest({ space, configuration, cursor: last?.cursor, history, rng, sweepSeed })
    if (last === undefined) return
    yield last.params
  }
}

/** What earlier sweeps leave to be run. */
export interface Coming {
  /** Params of the first configurations of which something is left to run, the fixed ones included. */
  readonly params: readonly Params[]
  /** Among the first trials looked at, how many an earlier sweep has already answered. */
  readonly answered: number
  /** Trials that were looked up: all, or the first of a large sweep. */
  readonly lookedUp: number
}

export function comingTrials(workspace: Workspace, spec: SweepSpec, sampler: Sampler): Coming {
  const { addressOf } = addressing(spec, workspace)
  const reuse = spec.reuse && addressOf !== undefined
  const answerFor = reuse ? earlierAnswers(workspace, '', spec) : () => undefined
  const most = Math.min(LOOKED_UP, spec.runCap ?? LOOKED_UP)
  const params: Params[] = []
  let answered = 0
  let seen = 0
  for (const own of proposals(spec, sampler, Math.ceil(most / spec.seeds.length))) {
    const all = { ...spec.fixed, ...own }
    const before = answered
    const seeds = spec.seeds.slice(0, most - seen)
    seen += seeds.length
    if (reuse) for (const seed of seeds) if (answerFor(addressOf(all, seed)) !== undefined) answered++
    if (answered - before < seeds.length) params.push(all)
  }
  return { params, answered, lookedUp: reuse ? seen : 0 }
}
