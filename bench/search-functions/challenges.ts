// What a pure search is judged on: functions with a known minimum, and tables by their true means. No noise in either.
import type { Params, ParamValue } from '../../src/space/domain.ts'
import { type Table, tableOf } from '../search/tables.ts'
import { type Argument, FUNCTIONS, functionTable, type TestFunction } from './functions.ts'

/** One search problem, for us and for a peer in another language. */
export interface Challenge {
  readonly name: string
  /** Played with one seed and without noise. */
  readonly table: Table
  /** The space in a peer's words; what it answers goes through `paramsOf`. */
  readonly arguments: readonly Argument[]
  paramsOf(answer: Params): Params
  /** What is averaged over repeats; smaller is better. log10 of the distance to the minimum, of tables the regret. */
  figureOf(params: Params): number
}

const LEAST = 1e-10

/** Challenges by name: functions, and the tables that are asked for. */
export function challengesOf(functions: readonly string[], tables: readonly string[]): Challenge[] {
  return [
    ...FUNCTIONS.filter(({ name }) => functions.includes(name)).map(ofFunction),
    ...tables.map((name) => ofTable(tableOf(name))),
  ]
}

function ofFunction(it: TestFunction): Challenge {
  return {
    name: it.name,
    table: functionTable(it),
    arguments: it.arguments,
    paramsOf: (answer) => answer,
    figureOf: (params) => Math.log10(Math.max(LEAST, it.valueAt(params) - it.minimum)),
  }
}

function ofTable(table: Table): Challenge {
  const { columns } = table.plain()
  const parameters = Object.entries(table.space.parameters)
  const levelsOf = (name: string): readonly ParamValue[] => {
    const domain = table.space.parameters[name]
    return domain !== undefined && 'values' in domain ? domain.values : []
  }
  return {
    name: table.name,
    table: { ...table, seeds: table.seeds.slice(0, 1) },
    arguments: columns.map(({ name, levels, ordered }) =>
      ordered
        ? { name, kind: 'int', low: 0, high: levels - 1 }
        : { name, kind: 'category', choices: Array.from({ length: levels }, (_, i) => String(i)) },
    ),
    // Parameters that move together are one column, the number of the row.
    paramsOf: (answer) =>
      Object.fromEntries(
        parameters.map(([name]) => [name, levelsOf(name)[Number(answer[name] ?? answer[columns[0]?.name ?? ''])]]),
      ) as Params,
    figureOf: (params) => table.regretOf(params),
  }
}
