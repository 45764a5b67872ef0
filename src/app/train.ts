import { relative, resolve } from 'node:path'
import { UserError } from '../base/errors.ts'
import type { SweepDefinition } from '../config/define-sweep.ts'
import { loadSweep, resolveDefinition } from '../config/load-sweep.ts'
import type { Params, ParamValue } from '../space/domain.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepOutcome } from './loop-options.ts'
import { type StartSpecOptions, startSpec } from './start.ts'

/** One trial as a person types it. */
export interface TrainOptions extends StartSpecOptions {
  /** What the id begins with. */
  readonly name: string
  /** `quickstart`, or a CSV, TSV or JSONL file; absent: the sweep's. */
  readonly data?: string
  /** Columns of the file. */
  readonly text?: string
  readonly idColumn?: string
  readonly split?: string
  /** `sentiment=label`, or the name of both. */
  readonly tasks: readonly string[]
  readonly preset?: string
  readonly seed: number
  /** `key=value` of params, as typed after `--set`. */
  readonly set: readonly string[]
  /** Sweep file whose fixed params, metric and resources are taken. */
  readonly sweep?: string
}

/**
 * Trains one configuration with one seed: a sweep of one trial, run by the same loop, in runs/ like any other.
 *
 * @throws {ProblemsError} everything that is wrong with the parameters or the data
 */
export async function trainOnce(options: TrainOptions): Promise<SweepOutcome> {
  const { workspace, set, sweep } = options
  // As sweep files are called: it becomes the name of a folder.
  const name = options.name.replace(/[^A-Za-z0-9_.-]+/g, '-')
  const like = sweep === undefined ? undefined : await loadSweep({ folder: workspace.folder, sweep })
  const definition = definitionOf(options, like)
  checkData(definition.params?.data, set)
  const spec = await resolveDefinition(definition, {
    name,
    folder: workspace.folder,
    paramOverrides: set,
    shown: 'sweep train',
  })
  return startSpec(spec, options)
}

function definitionOf(options: TrainOptions, like: SweepSpec | undefined): SweepDefinition {
  const { preset: fixedPreset = 'none', ...fixed } = like?.fixed ?? {}
  const data = dataOf(options, fixed)
  return {
    description: 'One trial by hand.',
    method: 'grid',
    trainer: 'text-classifier',
    metric: like?.metric ?? { name: 'val/macro_f1', goal: 'maximize' },
    params: { ...fixed, ...(data === undefined ? {} : { data }) },
    // A space needs a parameter; everything else may come from the command line under any name.
    parameters: { preset: { value: options.preset ?? fixedPreset } },
    seeds: [options.seed],
    reuse: false,
    ...(like === undefined ? {} : { resources: like.resources }),
  }
}

/** In the words of this command; everything else is checked as in a sweep file. */
function checkData(data: ParamValue | undefined, set: readonly string[]): void {
  const missing = data === undefined ? 'data' : isGroup(data) && data.tasks === undefined ? 'a task' : undefined
  if (missing === undefined || set.some((text) => text.startsWith('data'))) return
  throw new UserError(`sweep train needs ${missing}. Nothing was started.`, {
    code: 'TRAIN_INCOMPLETE',
    suggestions: ['--data reviews.csv --text text --task sentiment=label', '--data quickstart', '--sweep gamma-grid'],
  })
}

function dataOf(
  { data, text, idColumn, split, tasks, workspace }: TrainOptions,
  fixed: Params,
): ParamValue | undefined {
  const given = isGroup(fixed.data) ? fixed.data : {}
  const columns = {
    ...(text === undefined ? {} : { text }),
    ...(idColumn === undefined ? {} : { id: idColumn }),
    ...(split === undefined ? {} : { split }),
    ...(tasks.length === 0 ? {} : { tasks: tasksOf(tasks) }),
  }
  if (data === 'quickstart') return data
  if (data === undefined) return isGroup(fixed.data) ? { ...given, ...columns } : fixed.data
  return { ...given, file: fromFolder(data, workspace.folder), ...columns }
}

const isGroup = (value: ParamValue | undefined): value is Params =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function tasksOf(tasks: readonly string[]): Params {
  return Object.fromEntries(
    tasks.map((text) => {
      const at = text.indexOf('=')
      return at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

/** Typed from where the person is; the trainer runs in the project's folder. */
function fromFolder(file: string, folder: string): string {
  const path = resolve(file)
  const inside = relative(folder, path)
  return inside.startsWith('..') ? path : inside
}
