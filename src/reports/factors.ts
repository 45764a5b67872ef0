import type { ParamValue } from '../space/domain.ts'
import { type Effects, type FactorRow, factorEffects } from '../statistics/parameter-effects.ts'
import { quantiles } from '../statistics/summary.ts'
import type { SweepFacts } from './facts.ts'
import { metricText } from './numbers.ts'
import { cut, paramText } from './params.ts'

/** More different numbers than this are put into four bins of about equal count. */
const MOST_LEVELS = 6
const BINS = 4

/** Effects of the varying parameters on the metric, and how each level is called. */
export interface ParameterEffects extends Effects {
  /** Parameters whose numbers were put into bins. */
  readonly binned: ReadonlySet<string>
  /** Configurations that count: those with a finite mean. */
  readonly configurations: number
  /** The design that the effects come from. */
  readonly rows: readonly FactorRow[]
}

const known = new WeakMap<SweepFacts, ParameterEffects>()

/** Worked out once a sweep; parameters that always move together are one factor, named `a + b`. */
export function parameterEffects(facts: SweepFacts): ParameterEffects {
  const before = known.get(facts)
  if (before !== undefined) return before
  const rows = facts.ranking.rows.filter((row) => Number.isFinite(row.mean))
  const params = rows.map((row) => facts.params.get(row.configuration.number) ?? new Map<string, ParamValue>())
  const binned = new Set<string>()
  const columns = new Map<string, (string | undefined)[]>()
  for (const name of facts.varying) {
    const values = params.map((of) => of.get(name))
    if (needsBins(values)) binned.add(name)
    columns.set(name, binned.has(name) ? binLabels(values) : values.map(levelLabel))
  }
  const factors = mergedColumns(columns)
  const designRows = rows.map(
    (row, i): FactorRow => ({
      levels: Object.fromEntries(
        [...factors].flatMap(([name, levels]) => (levels[i] === undefined ? [] : [[name, levels[i]]])),
      ),
      values: row.values.map(({ value }) => value),
    }),
  )
  const effects = { ...factorEffects(designRows), binned, configurations: rows.length, rows: designRows }
  known.set(facts, effects)
  return effects
}

const levelLabel = (value: ParamValue | undefined) => (value === undefined ? undefined : cut(paramText(value), 40))

function needsBins(values: readonly (ParamValue | undefined)[]): boolean {
  const present = values.filter((value) => value !== undefined)
  return present.every((value) => typeof value === 'number') && new Set(present).size > MOST_LEVELS
}

function binLabels(values: readonly (ParamValue | undefined)[]): (string | undefined)[] {
  const numbers = values.filter((value): value is number => typeof value === 'number')
  const edges = quantiles(
    numbers,
    Array.from({ length: BINS + 1 }, (_, i) => i / BINS),
  )
  const labels = edges.slice(0, -1).map((low, i) => `${metricText(low)} … ${metricText(edges[i + 1] as number)}`)
  const inner = edges.slice(1, -1)
  return values.map((value) =>
    typeof value === 'number' ? labels[inner.filter((edge) => value > edge).length] : undefined,
  )
}

/** Columns that split the configurations in the same way cannot be told apart, whatever is done with them. */
function mergedColumns(
  columns: ReadonlyMap<string, readonly (string | undefined)[]>,
): Map<string, (string | undefined)[]> {
  const groups = new Map<string, string[]>()
  for (const [name, levels] of columns) {
    const order = [...new Set(levels)]
    const partition = levels.map((level) => order.indexOf(level)).join()
    groups.set(partition, [...(groups.get(partition) ?? []), name])
  }
  return new Map(
    [...groups.values()].map((names) => {
      const all = names.map((name) => columns.get(name) as readonly (string | undefined)[])
      const joined = (all[0] as readonly unknown[]).map((_, i) => {
        const parts = all.map((levels) => levels[i]).filter((level) => level !== undefined)
        return parts.length === 0 ? undefined : parts.join(' / ')
      })
      return [names.join(' + '), joined]
    }),
  )
}

/** How a factor did, in the direction of the sweep's goal. */
export function bestLevel(effect: Effects['factors'][number], sign: number): { best: string; worst: string } {
  return sign > 0 ? { best: effect.highest, worst: effect.lowest } : { best: effect.lowest, worst: effect.highest }
}

/** The interval of the difference leaves 0 out. */
export function matters({ difference }: Effects['factors'][number]): boolean {
  return difference.low > 0
}
