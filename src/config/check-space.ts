import { UserError } from '../base/errors.ts'
import type { Registry } from '../base/registry.ts'
import { rngFor } from '../base/rng.ts'
import { samplers } from '../samplers/index.ts'
import type { Sampler } from '../samplers/sampler.ts'
import type { Params } from '../space/domain.ts'
import { nextGridPoint } from '../space/grid.ts'
import { leavesOf } from '../space/layout.ts'
import { samplePoint } from '../space/sample.ts'
import type { Choice } from '../trial/sweep-spec.ts'
import type { Findings } from './findings.ts'
import type { LocatedMap } from './located.ts'
import { entryOf } from './located.ts'
import type { ReadSpace } from './read-space.ts'
import { gridProblems } from './read-space.ts'

/** What the checks of a space that could be read need beside it. */
export interface SamplingCheck {
  readonly sampler: Choice
  readonly sweep: LocatedMap
  readonly findings: Findings
}

/** Finds out now what the first suggestion would otherwise run into at night. */
export function checkSampling(space: ReadSpace, { sampler, sweep, findings }: SamplingCheck): void {
  const at = entryOf(sweep, 'constraints')?.place ?? sweep.place
  const before = findings.problems.length
  if (sampler.name === 'grid') gridProblems(space, sweep.place, findings)
  if (findings.problems.length > before) return
  try {
    const point = sampler.name === 'grid' ? nextGridPoint(space.space) : samplePoint(space.space, rngFor(0, 'check'))
    if (point !== undefined) return
    findings.problem({ code: 'SPACE_NOTHING_LEFT', at, message: 'The constraints leave no point of the grid.' })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const message = error.message.replace(/ (No trial was made from it|Nothing was started)\.$/, '')
    findings.problem({ code: 'SPACE_NOTHING_LEFT', at, message, fix: error.suggestions[0] })
  }
}

/** W&B goes on until somebody stops it; said before the night, not after. */
export function noteEndless({ space }: ReadSpace, { sampler, sweep, findings }: SamplingCheck): void {
  const registry: Registry<Sampler> = samplers
  const total = registry[sampler.name]?.create(sampler.options).total(space)
  if (total !== undefined || entryOf(sweep, 'run_cap') !== undefined || entryOf(sweep, 'budget') !== undefined) return
  const at = entryOf(sweep, 'method')?.place ?? sweep.place
  findings.note(
    at,
    `method: ${sampler.name} has no end of its own; without run_cap the sweep runs until it is stopped.`,
  )
}

/** W&B's agent refuses null arguments when the run starts; here it is known before. */
export function checkNulls(
  { space, places }: ReadSpace,
  { fixed, sweep, findings }: { readonly fixed: Params; readonly sweep: LocatedMap; readonly findings: Findings },
): void {
  const inSpace = leavesOf(space).flatMap(({ path, keys, domain }) => {
    const values = 'values' in domain ? domain.values : 'value' in domain ? [domain.value] : []
    return keys.length === 1 && values.includes(null) ? [{ name: path, at: places.get(path) ?? sweep.place }] : []
  })
  const params = entryOf(sweep, 'params')
  const inFixed = Object.entries(fixed).flatMap(([name, value]) =>
    value === null ? [{ name, at: params?.place ?? sweep.place }] : [],
  )
  for (const { name, at } of [...inSpace, ...inFixed]) {
    findings.problem({
      code: 'PARAM_NULL',
      at,
      message: `${name} may be null, which cannot be written on a command line.`,
      fix: `leave the parameter out with "when", or use \${args_json} in command`,
    })
  }
}
