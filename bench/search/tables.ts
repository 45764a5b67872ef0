// Result tables that a search is played on: every configuration with every seed was trained once, and an evaluation
// looks its value up. They are no part of this repository; see README.md beside this file.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Params, ParamValue } from '../../src/space/domain.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import type { Goal } from '../../src/trial/sweep-spec.ts'

/** One table, ready to be searched. */
export interface Table {
  readonly name: string
  readonly goal: Goal
  readonly space: SearchSpace
  /** Seeds that every configuration was trained with: 0, 1, 2 ... */
  readonly seeds: readonly number[]
  /** @returns the value of one training; throws for params that the table has not */
  valueOf(params: Params, seed: number): number
  /** @returns the mean over all seeds */
  meanOf(params: Params): number
  /** (true mean - best) / (median - best) over all configurations: 0 is the best, 1 the median. */
  regretOf(params: Params): number
  /** All of it, for a peer in another language. */
  plain(): PlainTable
}

/** A table as numbers: `values[code][seed]`, where the code counts levels with the last column fastest. */
export interface PlainTable {
  readonly goal: Goal
  /** `ordered`: its levels are numbers in ascending order. */
  readonly columns: readonly { readonly name: string; readonly levels: number; readonly ordered: boolean }[]
  readonly values: readonly (readonly number[])[]
}

interface Column {
  readonly name: string
  readonly levels: readonly ParamValue[]
}

interface Source {
  readonly goal: Goal
  read(folder: string): Table
}

const SOURCES: Readonly<Record<string, Source>> = {
  car: gridSource('hpobench_car', 'maximize'),
  kc1: gridSource('hpobench_kc1', 'maximize'),
  vehicle: gridSource('hpobench_vehicle', 'maximize'),
  protein: gridSource('hpolib_protein_structure', 'minimize'),
  reviews: { goal: 'maximize', read: readReviews },
}

export const TABLES = Object.keys(SOURCES)

const folderOfTables = () => process.env.SWEEP_TABLES ?? join(import.meta.dirname, '../../../shared/data/hpo')
const loaded = new Map<string, Table>()

/** Whether the tables lie where they are looked for: ../shared/data/hpo beside the repository, or `SWEEP_TABLES`. */
export function tablesAreThere(): boolean {
  return existsSync(join(folderOfTables(), 'hpobench_car.csv.gz'))
}

/** @returns the table of that name, read once a process */
export function tableOf(name: string): Table {
  const source = SOURCES[name]
  if (source === undefined) throw new Error(`No table ${name}. Known: ${TABLES.join(', ')}.`)
  let table = loaded.get(name)
  if (table === undefined) {
    table = { ...source.read(folderOfTables()), name }
    loaded.set(name, table)
  }
  return table
}

function gridSource(file: string, goal: Goal): Source {
  return { goal, read: (folder) => readGrid(join(folder, `${file}.csv.gz`), goal) }
}

/** A full grid: one row a configuration, the parameters first, then one value a seed. */
function readGrid(file: string, goal: Goal): Table {
  const [header = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split(/\r?\n/)
  const names = header.split(',').filter((name) => !/^seed\d+$/.test(name))
  const cells = lines.map((line) => line.split(','))
  const columns = names.map((name, c) => ({ name, levels: levelsOf(cells.map((row) => row[c] as string)) }))
  const rows = new Int32Array(columns.reduce((size, { levels }) => size * levels.length, 1)).fill(-1)
  const values = cells.map((row) => Float64Array.from(row.slice(names.length), Number))
  const codeOf = coder(columns)
  for (const [r, row] of cells.entries()) rows[codeOf(names.map((_, c) => read(row[c] as string)))] = r
  const space: SearchSpace = {
    parameters: Object.fromEntries(
      columns.map(({ name, levels }) => [name, { distribution: 'categorical', values: levels }]),
    ),
    conditions: [],
    zipped: [],
    constraints: [],
  }
  const plainColumns = columns.map(({ name, levels }) => ({
    name,
    levels: levels.length,
    ordered: levels.every((it) => typeof it === 'number'),
  }))
  return table({
    goal,
    space,
    values,
    rowOf: (params) => rows[codeOf(names.map((name) => params[name]))] ?? -1,
    plain: () => ({ goal, columns: plainColumns, values: Array.from(rows, (row) => Array.from(values[row] ?? [])) }),
  })
}

const read = (text: string): ParamValue => (text === '' || Number.isNaN(Number(text)) ? text : Number(text))

/** Numbers in ascending order, names as they come. */
function levelsOf(cells: readonly string[]): ParamValue[] {
  const levels = [...new Set(cells)].map(read)
  return levels.every((it) => typeof it === 'number') ? levels.sort((a, b) => a - b) : levels
}

/** @returns the place of a point in the full grid */
function coder(columns: readonly Column[]): (point: readonly (ParamValue | undefined)[]) => number {
  const places = columns.map(({ levels }) => new Map(levels.map((level, i) => [level, i])))
  return (point) =>
    point.reduce<number>((code, value, c) => {
      const place = value === undefined ? undefined : places[c]?.get(value)
      if (place === undefined) throw new Error(`${columns[c]?.name} has no level ${JSON.stringify(value)}.`)
      return code * (columns[c] as Column).levels.length + place
    }, 0)
}

/** 48 configurations drawn at random: all parameters move together, and the value is that of the last epoch. */
function readReviews(folder: string): Table {
  const { configs, epochs } = JSON.parse(readFileSync(join(folder, 'reviews_configs.json'), 'utf8')) as {
    readonly configs: readonly Params[]
    readonly epochs: number
  }
  const [header = '', ...lines] = readFileSync(join(folder, 'reviews_epochs.csv'), 'utf8').trim().split(/\r?\n/)
  const at = (name: string) => header.split(',').indexOf(name)
  const values = configs.map((): number[] => [])
  for (const row of lines.map((line) => line.split(',').map(Number))) {
    if (row[at('epoch')] !== epochs) continue
    const ofConfig = values[row[at('config')] as number] as number[]
    ofConfig[row[at('seed')] as number] = row[at('val_mean_f1')] as number
  }
  const names = Object.keys(configs[0] as Params)
  const space: SearchSpace = {
    parameters: Object.fromEntries(
      names.map((name) => [
        name,
        { distribution: 'categorical', values: configs.map((config) => config[name] as ParamValue) },
      ]),
    ),
    conditions: [],
    zipped: [{ parameters: names }],
    constraints: [],
  }
  const keyOf = (params: Params) => JSON.stringify(names.map((name) => params[name]))
  const rows = new Map(configs.map((config, i) => [keyOf(config), i]))
  return table({
    goal: 'maximize',
    space,
    values,
    rowOf: (params) => rows.get(keyOf(params)) ?? -1,
    // A peer that knows no parameters that move together can only be given their number.
    plain: () => ({
      goal: 'maximize',
      columns: [{ name: 'configuration', levels: configs.length, ordered: false }],
      values,
    }),
  })
}

interface Parts {
  readonly goal: Goal
  readonly space: SearchSpace
  readonly values: readonly ArrayLike<number>[]
  rowOf(params: Params): number
  plain(): PlainTable
}

function table({ goal, space, values, rowOf, plain }: Parts): Table {
  const means = Float64Array.from(values, (row) => Array.from(row).reduce((sum, value) => sum + value, 0) / row.length)
  const sorted = Float64Array.from(means).sort()
  const best = (goal === 'minimize' ? sorted[0] : sorted.at(-1)) as number
  const half = sorted.length / 2
  const median = ((sorted[Math.ceil(half) - 1] as number) + (sorted[Math.floor(half)] as number)) / 2
  const place = (params: Params): number => {
    const row = rowOf(params)
    if (row < 0) throw new Error(`The table has no ${JSON.stringify(params)}.`)
    return row
  }
  const meanOf = (params: Params) => means[place(params)] as number
  return {
    name: '',
    goal,
    space,
    seeds: Array.from(values[0] ?? [], (_, seed) => seed),
    valueOf: (params, seed) => values[place(params)]?.[seed] as number,
    meanOf,
    regretOf: (params) => (meanOf(params) - best) / (median - best),
    plain,
  }
}
