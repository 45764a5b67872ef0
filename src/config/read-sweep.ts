import { nearest } from '../base/nearest.ts'
import { samplers } from '../samplers/index.ts'
import type { Params } from '../space/domain.ts'
import type { Choice, SweepSpec, TrainerSpec } from '../trial/sweep-spec.ts'
import { checkCommand } from './check-command.ts'
import { checkTrainerSettings } from './check-settings.ts'
import { checkNulls, checkSampling, noteEndless } from './check-space.ts'
import { readMap, readText } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap } from './located.ts'
import { entryOf, plainOf } from './located.ts'
import { readChoice } from './read-choice.ts'
import { readObjectives } from './read-objectives.ts'
import { readOptions } from './read-options.ts'
import { checkMemoryRule } from './read-retry.ts'
import { noteSeeds, readSeeds } from './read-seeds.ts'
import type { ReadSpace, SpaceSource } from './read-space.ts'
import { readSpace } from './read-space.ts'
import { readTrainer, writesArguments } from './read-trainer.ts'
import { IGNORED_KEYS, LATER_SAMPLERS, READ_KEYS, REFUSED_KEYS, SAMPLER_ALIASES } from './sweep-keys.ts'

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

/**
 * Reads and checks everything; all problems go to `findings`.
 *
 * @returns undefined when there is a problem
 */
export async function readSweep(source: SweepSource, findings: Findings): Promise<SweepSpec | undefined> {
  const { sweep, folder } = source
  checkKeys(sweep, findings)
  const description = descriptionOf(sweep, findings)
  const sampler = readSampler(sweep, findings)
  const trainer: TrainerSpec | undefined =
    source.objective === undefined ? readTrainer(sweep, folder, findings) : { kind: 'function', name: source.objective }
  const space = readParametersOf(source, findings)
  const fixed = readFixed(entryOf(sweep, 'params'), findings)
  const objectives = readObjectives(sweep, findings)
  const { metric } = objectives
  const seeds = readSeeds(entryOf(sweep, 'seeds'), findings)
  const options = readOptions({ sweep, seeds, metric, inline: source.objective !== undefined }, findings)
  noteSeeds(source.space.parameters, { seeds, trainer, findings })
  if (space && sampler) checkSampling(space, { sampler, sweep, findings })
  if (space && sampler && findings.problems.length === 0) noteEndless(space, { sampler, sweep, findings })
  if (space && trainer && writesArguments(trainer)) checkNulls(space, { fixed, sweep, findings })
  if (space && trainer?.kind === 'command') {
    checkCommand({ argv: trainer.argv, space: space.space, fixed, sweep }, findings)
  }
  if (space && options) checkMemoryRule(options.outOfMemory, { space: space.space, fixed, sweep }, findings)
  if (space && trainer?.kind === 'builtin' && findings.problems.length === 0) {
    await checkTrainerSettings({ fixed, space: space.space, folder, sweep, places: space.places }, findings)
  }
  if (!space || !trainer || !sampler || !options || findings.problems.length > 0) return undefined
  const { name, file } = source
  return {
    format: 1,
    name,
    ...description,
    ...(file === undefined ? {} : { file }),
    sampler,
    space: space.space,
    fixed,
    seeds,
    ...objectives,
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
  const description = readText(entryOf(sweep, 'description'), findings) ?? readText(entryOf(sweep, 'name'), findings)
  return description === undefined ? {} : { description }
}

function readSampler(sweep: LocatedMap, findings: Findings): Choice | undefined {
  const method = entryOf(sweep, 'method')
  if (method)
    return readChoice(method, { registry: samplers, later: LATER_SAMPLERS, aliases: SAMPLER_ALIASES }, findings)
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
