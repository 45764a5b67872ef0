import { UserError } from '../base/errors.ts'
import type { Entry } from '../base/registry.ts'
import { executors } from '../executors/index.ts'
import { reportFormats } from '../protocol/formats/index.ts'
import { compilePattern } from '../protocol/pattern.ts'
import { pruners } from '../pruners/index.ts'
import { races } from '../racing/index.ts'
import type { Choice, MetricSpec, ReportFormats, ResourceSpec, SweepSpec } from '../trial/sweep-spec.ts'
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
import { entryOf, plainOf, without } from './located.ts'
import { readBudget } from './read-budget.ts'
import type { Choices } from './read-choice.ts'
import { checkOptions, readChoice } from './read-choice.ts'
import { readDisk } from './read-disk.ts'
import { readTargets } from './read-goals.ts'
import { readNotify } from './read-notify.ts'
import { readPinning } from './read-pinning.ts'
import { readRetries } from './read-retry.ts'
import { readSharing, SHARING_KEYS } from './read-sharing.ts'
import { LATER_EXECUTORS, LATER_PRUNERS, LATER_RACES } from './sweep-keys.ts'

/** Trials that fail in a row from the start before the sweep gives up. W&B's agents give up after 3 in a minute. */
const FAILURES_IN_A_ROW = 5
/** W&B's agents wait as long. */
const GRACE_MS = 30_000

/** What the other keys depend on. */
export interface OptionSource {
  readonly sweep: LocatedMap
  readonly seeds: readonly number[]
  readonly metric: MetricSpec | undefined
  readonly inline: boolean
}

/** Everything of a spec but what, over what and with what is searched. */
export type Options = Omit<
  SweepSpec,
  | 'format'
  | 'name'
  | 'sampler'
  | 'space'
  | 'fixed'
  | 'seeds'
  | 'metric'
  | 'objectives'
  | 'limits'
  | 'stop'
  | 'trainer'
  | 'notes'
>

/** Reads how the sweep is run: pruner, race, executor, resources, limits, targets. */
export function readOptions({ sweep, seeds, metric, inline }: OptionSource, findings: Findings): Options | undefined {
  const at = (key: string) => entryOf(sweep, key)
  const count = (key: string) => readNumber(at(key), findings, { min: 1, whole: true })
  const pruner = readPruner(sweep, findings)
  const race = choiceOr(at('race'), 'all-seeds', { choices: { registry: races, later: LATER_RACES }, findings })
  const executor = readExecutor(at('executor'), inline, findings)
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
    ...readBudget(sweep, findings),
    ...(parallel === undefined ? {} : { parallel }),
    targets: readTargets(at('targets'), metric, findings),
    ensemble: { top: top ?? 5 },
    graceMs: readDuration(at('grace'), findings) ?? GRACE_MS,
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    // One bad configuration fails with all of its seeds; that alone says nothing about the others.
    maxFailuresInARow: count('max_failures') ?? Math.max(FAILURES_IN_A_ROW, seeds.length + 2),
    sweepSeed: readNumber(at('sweep_seed'), findings, { min: 0, whole: true }) ?? 1,
    reuse: readBoolean(at('reuse'), findings) ?? true,
    ...readRetries(sweep, findings),
    ...given({ onOrchestratorDeath: readOneOf(at('on_orchestrator_death'), ['continue', 'stop'], findings) }),
    ...given({ notify: readNotify(at('notify'), findings), disk: readDisk(at('disk'), findings) }),
  }
}

/** Without what is not there: optional keys of a spec are left out, so that frozen specs of before look the same. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
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
  return choiceOr(node, 'local', { choices: { registry: others, later: LATER_EXECUTORS }, findings })
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
  const metric = entryOf(sweep, 'metric') ?? entryOf(sweep, 'metrics')
  if (metric === undefined) {
    const message = `${node.place.path} judges trials by the metric, but the file has no metric.`
    findings.problem({ code: 'KEY_MISSING', at: node.place, message, fix: 'metric: { name: ..., goal: ... }' })
  }
  const choices = { registry: pruners, later: LATER_PRUNERS }
  return node === wandb ? readEarlyTerminate(node, choices, findings) : readChoice(node, choices, findings)
}

/** What W&B writes `type: hyperband` is a rule of its own, not our `hyperband`; other types are our names. */
function readEarlyTerminate(node: Located, choices: Choices, findings: Findings): Choice | undefined {
  const type = node.kind === 'map' ? entryOf(node, 'type') : undefined
  if (node.kind !== 'map' || type?.kind !== 'scalar' || type.value !== 'hyperband') {
    return readChoice(node, choices, findings)
  }
  const has = (key: string) => entryOf(node, key) !== undefined
  if (!has('min_iter') && !(has('max_iter') && has('s'))) {
    const message = `${node.place.path} needs min_iter, or max_iter and s: from them follow the steps at which trials are judged.`
    findings.problem({ code: 'KEY_MISSING', at: node.place, message, fix: 'min_iter: 3' })
    return undefined
  }
  const name = 'wandb-hyperband'
  const rest = without(node, ['type'])
  const options = plainOf(rest) as Record<string, unknown>
  checkOptions(choices.registry[name] as Entry<unknown>, { name, options, node: rest, at: node.place, findings })
  return { name, options }
}

function readResources(node: Located | undefined, findings: Findings): ResourceSpec {
  const map = readMap(node, findings)
  if (map === undefined) return { gpus: 'auto', cpus: 1 }
  refuseOtherKeys(map, ['gpus', 'cpus', 'nice', 'pin_cpus', ...SHARING_KEYS], findings)
  const own = {
    cpus: readNumber(entryOf(map, 'cpus'), findings, { min: 1, whole: true }) ?? 1,
    ...readSharing(map, findings),
    ...given({
      nice: readNumber(entryOf(map, 'nice'), findings, { min: 0, max: 19, whole: true }),
      pinCpus: readPinning(entryOf(map, 'pin_cpus'), findings),
    }),
  }
  const gpus = entryOf(map, 'gpus')
  if (gpus === undefined || (gpus.kind === 'scalar' && gpus.value === 'auto')) return { gpus: 'auto', ...own }
  const share = readNumber(gpus, findings, { min: 0 }) ?? 0
  if (share > 1 && !Number.isInteger(share)) {
    const message = `resources.gpus is ${share}; it must be auto, a whole number, or a share of one GPU below 1.`
    findings.problem({ code: 'VALUE_RANGE', at: gpus.place, message, fix: `gpus: ${Math.ceil(share)}` })
  }
  return { gpus: share, ...own }
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
