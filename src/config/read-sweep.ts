import { UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Entry, Registry } from '../base/registry.ts'
import { rngFor } from '../base/rng.ts'
import { executors } from '../executors/index.ts'
import { reportFormats } from '../protocol/formats/index.ts'
import { compilePattern } from '../protocol/pattern.ts'
import { pruners } from '../pruners/index.ts'
import { races } from '../racing/index.ts'
import { samplers } from '../samplers/index.ts'
import type { Sampler } from '../samplers/sampler.ts'
import type { Params } from '../space/domain.ts'
import { nextGridPoint } from '../space/grid.ts'
import { leavesOf } from '../space/layout.ts'
import { samplePoint } from '../space/sample.ts'
import type { Choice, MetricSpec, ReportFormats, ResourceSpec, SweepSpec, TrainerSpec } from '../trial/sweep-spec.ts'
import { checkTrainerSettings } from './check-settings.ts'
import {
  readBoolean,
  readDuration,
  readItems,
  readMap,
  readNumber,
  readOneOf,
  readText,
  refuseOtherKeys,
} from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap } from './located.ts'
import { entryOf, plainOf } from './located.ts'
import type { Choices } from './read-choice.ts'
import { notAvailable, readChoice } from './read-choice.ts'
import { readMetric, readTargets } from './read-goals.ts'
import { noteSeeds, readSeeds } from './read-seeds.ts'
import type { ReadSpace, SpaceSource } from './read-space.ts'
import { gridProblems, readSpace } from './read-space.ts'
import { readTrainer, writesArguments } from './read-trainer.ts'
import {
  IGNORED_KEYS,
  LATER_EXECUTORS,
  LATER_PRUNERS,
  LATER_RACES,
  LATER_SAMPLERS,
  READ_KEYS,
  REFUSED_KEYS,
} from './sweep-keys.ts'

/** A sweep file with its space files merged and its overrides put in. */
export interface SweepSource {
  readonly sweep: LocatedMap
  readonly space: SpaceSource
  readonly name: string
  /** Absolute; absent for sweeps of the library. */
  readonly file?: string
  /** The project, absolute. */
  readonly folder: string
  /** Given by the library: a function of the caller runs instead of a program. */
  readonly objective?: string
}

/** Trials that fail in a row from the start before the sweep gives up. W&B's agents give up after 3 in a minute. */
const FAILURES_IN_A_ROW = 5
/** W&B's agents wait as long. */
const GRACE_MS = 30_000

const registryOf = (registry: Readonly<Record<string, Entry<unknown>>>, later: Choices['later']): Choices => ({
  registry,
  later,
})

/**
 * Reads and checks everything; all problems go to `findings`.
 *
 * @returns undefined when there is a problem
 */
export async function readSweep(source: SweepSource, findings: Findings): Promise<SweepSpec | undefined> {
  const { sweep, folder } = source
  checkKeys(sweep, findings)
  const trainer: TrainerSpec | undefined =
    source.objective === undefined ? readTrainer(sweep, folder, findings) : { kind: 'function', name: source.objective }
  const sampler = readSampler(sweep, findings)
  const space = readParametersOf(source, findings)
  const fixed = readFixed(entryOf(sweep, 'params'), findings)
  const metric = readMetric(entryOf(sweep, 'metric'), findings)
  const seeds = readSeeds(entryOf(sweep, 'seeds'), findings)
  const options = readOptions({ sweep, seeds, metric, inline: source.objective !== undefined }, findings)
  noteSeeds(source.space.parameters, { seeds, trainer, findings })
  if (space && sampler) checkSampling(space, { sampler, sweep, findings })
  if (space && sampler && findings.problems.length === 0) noteEndless(space, { sampler, sweep, findings })
  if (space && trainer && writesArguments(trainer)) checkNulls(space, { fixed, sweep, findings })
  if (space && trainer?.kind === 'builtin' && findings.problems.length === 0) {
    await checkTrainerSettings({ fixed, space: space.space, folder, sweep, places: space.places }, findings)
  }
  if (!space || !trainer || !sampler || !options || findings.problems.length > 0) return undefined
  const { name, file } = source
  return {
    format: 1,
    name,
    ...descriptionOf(sweep, findings),
    ...(file === undefined ? {} : { file }),
    sampler,
    space: space.space,
    fixed,
    seeds,
    ...(metric === undefined ? {} : { metric }),
    trainer,
    ...options,
    notes: findings.notes,
  }
}

function checkKeys(sweep: LocatedMap, findings: Findings): void {
  for (const { key, keyPlace } of sweep.entries) {
    const ignored = Object.hasOwn(IGNORED_KEYS, key) ? IGNORED_KEYS[key] : undefined
    const refused = Object.hasOwn(REFUSED_KEYS, key) ? REFUSED_KEYS[key] : undefined
    if (ignored) findings.note(keyPlace, `${key} has no effect: ${ignored}.`)
    else if (refused) {
      const message = `${key} ${refused.why}; that is not available here.`
      findings.problem({ code: 'KEY_NOT_SUPPORTED', at: keyPlace, message, fix: refused.fix })
    } else if (!READ_KEYS.some((known) => known === key)) unknownKey(key, keyPlace, findings)
  }
}

function unknownKey(key: string, at: Parameters<Findings['note']>[0], findings: Findings): void {
  const near = nearest(key, READ_KEYS)
  const isFlag = at.file.startsWith('--set')
  const fix = near[0] ? `${near[0]}${isFlag ? '=' : ':'}` : isFlag ? `--set params.${key}=...` : undefined
  const message = `${key} is not a key of sweep files. Known: ${READ_KEYS.join(', ')}.`
  findings.problem({ code: 'KEY_UNKNOWN', at, message, fix })
}

/** W&B's `name` is what its pages show; here the file's name is the sweep's, so it serves as a description. */
function descriptionOf(sweep: LocatedMap, findings: Findings): { description?: string } {
  const description = entryOf(sweep, 'description')
  const text = description?.kind === 'scalar' ? description.value : entryOf(sweep, 'name')
  if (typeof text === 'string' && text !== '') return { description: text }
  const name = readText(typeof text === 'object' && text !== null ? text : undefined, findings)
  return name === undefined ? {} : { description: name }
}

function readSampler(sweep: LocatedMap, findings: Findings): Choice | undefined {
  const method = entryOf(sweep, 'method')
  if (method) return readChoice(method, registryOf(samplers, LATER_SAMPLERS), findings)
  findings.problem({
    code: 'METHOD_MISSING',
    at: sweep.place,
    message: `The file has no method. Known: ${Object.keys(samplers).join(', ')}.`,
    fix: 'method: grid',
  })
  return undefined
}

function readParametersOf({ space, sweep }: SweepSource, findings: Findings): ReadSpace | undefined {
  if (space.parameters.entries.length > 0) return readSpace(space, findings)
  // A space file that was not found has been complained about already.
  if (findings.problems.some((p) => ['SPACE_FILE_UNKNOWN', 'NO_PARAMETERS', 'YAML_SYNTAX'].includes(p.code)))
    return undefined
  findings.problem({
    code: 'NO_PARAMETERS',
    at: entryOf(sweep, 'parameters')?.place ?? sweep.place,
    message: 'There are no parameters, so there is nothing to search.',
    fix: 'parameters: { learning_rate: { values: [0.001, 0.01] } }, or space: NAME',
  })
  return undefined
}

function readFixed(node: Located | undefined, findings: Findings): Params {
  const map = readMap(node, findings)
  return map === undefined ? {} : (plainOf(map) as Params)
}

interface OptionSource {
  readonly sweep: LocatedMap
  readonly seeds: readonly number[]
  readonly metric: MetricSpec | undefined
  readonly inline: boolean
}

type Options = Omit<
  SweepSpec,
  'format' | 'name' | 'sampler' | 'space' | 'fixed' | 'seeds' | 'metric' | 'trainer' | 'notes'
>

function readOptions({ sweep, seeds, metric, inline }: OptionSource, findings: Findings): Options | undefined {
  const at = (key: string) => entryOf(sweep, key)
  const count = (key: string) => readNumber(at(key), findings, { min: 1, whole: true })
  const pruner = readPruner(sweep, findings)
  const race = choiceOr(at('race'), 'all-seeds', { choices: registryOf(races, LATER_RACES), findings })
  const executor = readExecutor(at('executor'), inline, findings)
  const runCap = count('run_cap')
  const parallel = count('parallel')
  const timeLimitMs = readDuration(at('time_limit'), findings)
  const ensemble = readMap(at('ensemble'), findings)
  if (ensemble) refuseOtherKeys(ensemble, ['top'], findings)
  const top = readNumber(ensemble && entryOf(ensemble, 'top'), findings, { min: 1, whole: true })
  if (!race || !executor) return undefined
  return {
    ...(pruner === undefined ? {} : { pruner }),
    race,
    executor,
    reports: readReports(at('report'), findings),
    resources: readResources(at('resources'), findings),
    ...(runCap === undefined ? {} : { runCap }),
    ...(parallel === undefined ? {} : { parallel }),
    targets: readTargets(at('targets'), metric, findings),
    ensemble: { top: top ?? 5 },
    graceMs: readDuration(at('grace'), findings) ?? GRACE_MS,
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    // One bad configuration fails with all of its seeds; that alone says nothing about the others.
    maxFailuresInARow: count('max_failures') ?? Math.max(FAILURES_IN_A_ROW, seeds.length + 2),
    sweepSeed: readNumber(at('sweep_seed'), findings, { min: 0, whole: true }) ?? 1,
    reuse: readBoolean(at('reuse'), findings) ?? true,
  }
}

function choiceOr(
  node: Located | undefined,
  fallback: string,
  { choices, findings }: { readonly choices: Choices; readonly findings: Findings },
): Choice | undefined {
  return node === undefined ? { name: fallback, options: {} } : readChoice(node, choices, findings)
}

function readExecutor(node: Located | undefined, inline: boolean, findings: Findings): Choice | undefined {
  if (inline) return { name: 'inline', options: {} }
  // In-process functions cannot be written in a file.
  const { inline: _inline, ...others } = executors as Readonly<Record<string, Entry<unknown>>>
  return choiceOr(node, 'local', { choices: registryOf(others, LATER_EXECUTORS), findings })
}

function readPruner(sweep: LocatedMap, findings: Findings): Choice | undefined {
  const own = entryOf(sweep, 'pruner')
  const wandb = entryOf(sweep, 'early_terminate')
  if (own && wandb) {
    const message = 'early_terminate and pruner are both given; they are two names of the same thing.'
    findings.problem({ code: 'KEYS_CONFLICT', at: wandb.place, message, fix: 'remove early_terminate' })
  }
  const node = own ?? wandb
  if (node === undefined) return undefined
  const metric = entryOf(sweep, 'metric')
  if (metric === undefined) {
    const message = `${node.place.path} judges trials by the metric, but the file has no metric.`
    findings.problem({ code: 'KEY_MISSING', at: node.place, message, fix: 'metric: { name: ..., goal: ... }' })
  }
  const choices = registryOf(pruners, LATER_PRUNERS)
  if (node !== wandb) return readChoice(node, choices, findings)
  const type = node.kind === 'map' ? entryOf(node, 'type') : undefined
  const name = type?.kind === 'scalar' ? String(type.value) : 'given'
  if (Object.hasOwn(pruners, name)) return readChoice(node, choices, findings)
  notAvailable(node.place, { name, instead: LATER_PRUNERS.hyperband as string, findings })
  return undefined
}

function readResources(node: Located | undefined, findings: Findings): ResourceSpec {
  const map = readMap(node, findings)
  if (map === undefined) return { gpus: 'auto', cpus: 1 }
  refuseOtherKeys(map, ['gpus', 'cpus'], findings)
  const cpus = readNumber(entryOf(map, 'cpus'), findings, { min: 1, whole: true }) ?? 1
  const gpus = entryOf(map, 'gpus')
  if (gpus === undefined || (gpus.kind === 'scalar' && gpus.value === 'auto')) return { gpus: 'auto', cpus }
  const share = readNumber(gpus, findings, { min: 0 }) ?? 0
  if (share > 1 && !Number.isInteger(share)) {
    const message = `resources.gpus is ${share}; it must be auto, a whole number, or a share of one GPU below 1.`
    findings.problem({ code: 'VALUE_RANGE', at: gpus.place, message, fix: `gpus: ${Math.ceil(share)}` })
  }
  return { gpus: share, cpus }
}

function readReports(node: Located | undefined, findings: Findings): ReportFormats {
  const map = readMap(node, findings)
  if (map === undefined) return { formats: ['auto'] }
  refuseOtherKeys(map, ['formats', 'pattern'], findings)
  const known = ['auto', ...Object.keys(reportFormats)]
  const listed = readItems(entryOf(map, 'formats')).flatMap((item) => readOneOf(item, known, findings) ?? [])
  const formats = entryOf(map, 'formats') === undefined ? ['auto'] : listed
  const patternNode = entryOf(map, 'pattern')
  const pattern = readText(patternNode, findings)
  if (pattern === undefined || patternNode === undefined) return { formats }
  try {
    compilePattern(pattern)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const message = error.message.replace(/ Nothing was started\.$/, '')
    findings.problem({ code: 'REPORT_PATTERN', at: patternNode.place, message, fix: error.suggestions[0] })
  }
  return { formats, pattern }
}

interface SamplingCheck {
  readonly sampler: Choice
  readonly sweep: LocatedMap
  readonly findings: Findings
}

/** Finds out now what the first suggestion would otherwise run into at night. */
function checkSampling(space: ReadSpace, { sampler, sweep, findings }: SamplingCheck): void {
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
function noteEndless({ space }: ReadSpace, { sampler, sweep, findings }: SamplingCheck): void {
  const registry: Registry<Sampler> = samplers
  const total = registry[sampler.name]?.create(sampler.options).total(space)
  if (total !== undefined || entryOf(sweep, 'run_cap') !== undefined) return
  const at = entryOf(sweep, 'method')?.place ?? sweep.place
  findings.note(
    at,
    `method: ${sampler.name} has no end of its own; without run_cap the sweep runs until it is stopped.`,
  )
}

/** W&B's agent refuses null arguments when the run starts; here it is known before. */
function checkNulls(
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
