import { extname, resolve } from 'node:path'
import { BugError } from '../base/errors.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepDefinition } from './define-sweep.ts'
import { readMap } from './fields.ts'
import type { SweepFile } from './find-sweep.ts'
import { findSweep, readTextFile } from './find-sweep.ts'
import { Findings } from './findings.ts'
import { loadDefinition } from './load-definition.ts'
import { locatedObject } from './locate-object.ts'
import type { Located, LocatedMap } from './located.ts'
import type { Override } from './overrides.ts'
import { overridden, readOverrides, withParams } from './overrides.ts'
import type { SpaceSource } from './read-space.ts'
import { readSweep } from './read-sweep.ts'
import { readYaml } from './read-yaml.ts'
import { mergedSpace } from './space-files.ts'

export { listSweeps, type SweepFile } from './find-sweep.ts'

export interface LoadSweepOptions {
  /** The project: holds sweeps/ and search-spaces/; programs run in it. */
  readonly folder: string
  /** Name of a file in sweeps/, or a path to a .yaml, .yml or .ts file. */
  readonly sweep: string
  /** `key=value` as typed after `--set`, such as `seeds=5`, `params.epochs=3`, `parameters.gamma.value=2`. */
  readonly overrides?: readonly string[] | undefined
}

/**
 * Reads a sweep file, its search spaces and the overrides into a checked spec with every default filled in.
 *
 * @throws {ProblemsError} all problems at once, each with file and line, what was expected and how to write it
 * @throws {EnvironmentError} FILE_UNREADABLE
 */
export async function loadSweep({ folder, sweep, overrides = [] }: LoadSweepOptions): Promise<SweepSpec> {
  const project = resolve(folder)
  const file = findSweep(project, sweep)
  const findings = new Findings()
  const content = readMap(await contentOf(file, findings), findings)
  findings.throwIfAny()
  return checked({ content, overrides, name: file.name, file: file.path, folder: project }, findings)
}

async function contentOf(file: SweepFile, findings: Findings): Promise<Located | undefined> {
  if (extname(file.path) !== '.ts') return readYaml(readTextFile(file.path), file.shown, findings)
  const definition = await loadDefinition(file, findings)
  return definition === undefined ? undefined : locatedObject(definition, { file: file.shown, path: '' }, findings)
}

export interface DefinitionOptions {
  /** What ids begin with. */
  readonly name: string
  /** The project: holds search-spaces/; programs run in it. */
  readonly folder: string
  /** Name of the caller's function that runs each trial in this process, instead of a trainer. */
  readonly objective?: string | undefined
  readonly overrides?: readonly string[] | undefined
  /** `gamma.tone=2` and the like: values of `params:` as typed after `--set` where there is no sweep file. */
  readonly paramOverrides?: readonly string[]
  /** What messages call the definition. @default 'defineSweep' */
  readonly shown?: string
}

/**
 * The same for a definition that is already in memory.
 *
 * @throws {ProblemsError} all problems at once, each with its key path
 */
export async function resolveDefinition(definition: SweepDefinition, options: DefinitionOptions): Promise<SweepSpec> {
  const { name, objective, overrides = [], paramOverrides = [], shown = 'defineSweep' } = options
  const findings = new Findings()
  const written = readMap(locatedObject(definition, { file: shown, path: '' }, findings), findings)
  const content = written && withParams(written, readOverrides(paramOverrides, findings))
  findings.throwIfAny()
  return checked({ content, overrides, name, folder: resolve(options.folder), objective }, findings)
}

interface Content {
  readonly content: LocatedMap | undefined
  readonly overrides: readonly string[]
  readonly name: string
  readonly file?: string
  readonly folder: string
  readonly objective?: string | undefined
}

async function checked({ content, overrides, ...source }: Content, findings: Findings): Promise<SweepSpec> {
  if (content === undefined) throw new BugError('A sweep file without content came through without a problem.')
  const written = readOverrides(overrides, findings)
  const ofParameters = written.filter(({ path }) => path.startsWith('parameters.'))
  const sweep = written
    .filter((override) => !ofParameters.includes(override))
    .reduce((map, { path, value }) => overridden(map, path, value), content)
  const merged = mergedSpace(sweep, source.folder, findings)
  const space = { ...merged, parameters: withParameters(merged, ofParameters) }
  const { name, folder, file, objective } = source
  const given = { ...(file === undefined ? {} : { file }), ...(objective === undefined ? {} : { objective }) }
  const spec = await readSweep({ sweep, space, name, folder, ...given }, findings)
  findings.throwIfAny()
  if (spec === undefined) throw new BugError('A sweep file was refused without a problem.')
  return spec
}

/** Overrides of parameters come after the merge, so that they reach those of search-spaces/ too. */
function withParameters({ parameters }: SpaceSource, overrides: readonly Override[]): LocatedMap {
  return overrides.reduce(
    (map, { path, value }) => overridden(map, path.slice('parameters.'.length), value),
    parameters,
  )
}
