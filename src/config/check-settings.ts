import { resolve } from 'node:path'
import { rngFor } from '../base/rng.ts'
import type { Domain, Params, ParamValue } from '../space/domain.ts'
import { leavesOf } from '../space/layout.ts'
import { valueKey } from '../space/params-key.ts'
import { samplePoint } from '../space/sample.ts'
import type { SearchSpace } from '../space/search-space.ts'
import { checkMetrics } from './check-metrics.ts'
import type { Findings } from './findings.ts'
import type { LocatedMap, Place } from './located.ts'
import { entryOf } from './located.ts'

/** Values tried of one parameter; more only cost time. */
const TRIED = 100

export interface SettingsToCheck {
  readonly fixed: Params
  readonly space: SearchSpace
  readonly folder: string
  /** For the places of what is wrong. */
  readonly sweep: LocatedMap
  readonly places: ReadonlyMap<string, Place>
}

/**
 * Checks the parameters of the built-in trainer before anything starts: the fixed ones with a first sample of the
 * space, and then each value that the space lists, and each end of its ranges. Loads no tensors.
 */
export async function checkTrainerSettings(check: SettingsToCheck, findings: Findings): Promise<void> {
  // Imported here: only sweeps of the built-in trainer pay for its table of settings.
  const [{ checkSettings, knownData }, { isMinimized }] = await Promise.all([
    import('../trainer/settings.ts'),
    import('../trainer/training/improvement.ts'),
  ])
  const sample = { ...check.fixed, ...samplePoint(check.space, rngFor(0, 'check-settings')) }
  const said = new Set<string>()
  for (const params of [sample, ...variants(sample, check.space)]) {
    for (const problem of checkSettings(withDataPath(params, check.folder))) {
      if (said.has(problem.message)) continue
      said.add(problem.message)
      const fix = problem.fix === undefined ? {} : { fix: problem.fix }
      findings.problem({ code: 'SETTING', at: placeOf(problem.path, check), message: problem.message, ...fix })
    }
  }
  const { metrics, notes } = knownData(withDataPath(sample, check.folder))
  if (metrics) checkMetrics(check.sweep, { metrics, isMinimized }, findings)
  for (const note of notes) findings.note(placeOf('data', check), note)
}

/** The sample with one parameter at a time set to each value worth trying. */
function* variants(sample: Params, space: SearchSpace): Generator<Params> {
  for (const { keys, domain } of leavesOf(space)) {
    const seen = new Set<string>()
    for (const value of valuesOf(domain).slice(0, TRIED)) {
      const key = valueKey(value)
      if (!seen.has(key)) yield withValue(sample, keys, value)
      seen.add(key)
    }
  }
}

function valuesOf(domain: Domain): readonly ParamValue[] {
  if ('values' in domain) return domain.values
  const limits = ['int_uniform', 'uniform', 'q_uniform', 'log_uniform_values', 'inv_log_uniform_values']
  return 'min' in domain && limits.includes(domain.distribution) ? [domain.min, domain.max] : []
}

function withValue(params: Params, keys: readonly string[], value: ParamValue): Params {
  const [key, ...rest] = keys as [string, ...string[]]
  if (rest.length === 0) return { ...params, [key]: value }
  const inner = params[key]
  const group = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Params) : {}
  return { ...params, [key]: withValue(group, rest, value) }
}

/** The trainer runs in the project's folder; this process may be elsewhere. */
function withDataPath(params: Params, folder: string): Params {
  const { data } = params
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return params
  const { file, unlabelled } = data as Params
  const others =
    typeof unlabelled === 'object' && unlabelled !== null ? { unlabelled: resolved(unlabelled, folder) } : {}
  return typeof file === 'string' ? { ...params, data: { ...resolved(data, folder), ...others } as Params } : params
}

function resolved(source: object, folder: string): Params {
  const { file } = source as Params
  return { ...source, ...(typeof file === 'string' ? { file: resolve(folder, file) } : {}) }
}

/** Where the setting was written: the longest part of its path that is found, in the space or in params. */
function placeOf(path: string, { sweep, places }: SettingsToCheck): Place {
  const params = entryOf(sweep, 'params')
  for (let part = path; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
    const inSpace = places.get(part)
    if (inSpace) return inSpace
    const found = params && placeIn(params, part)
    if (found) return found
  }
  return params?.place ?? sweep.place
}

function placeIn(node: NonNullable<ReturnType<typeof entryOf>>, path: string): Place | undefined {
  if (node.kind !== 'map') return undefined
  for (const { key, keyPlace, value } of node.entries) {
    if (key === path) return keyPlace
    const inner = path.startsWith(`${key}.`) ? placeIn(value, path.slice(key.length + 1)) : undefined
    if (inner) return inner
  }
  return undefined
}
