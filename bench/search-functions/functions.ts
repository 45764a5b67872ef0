// Functions with a known minimum, as tables that a search is played on: every evaluation is exact.
import type { Params } from '../../src/space/domain.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import type { Table } from '../search/tables.ts'

/** One parameter in words that a peer in another language understands, too. */
export interface Argument {
  readonly name: string
  readonly kind: 'float' | 'log' | 'int' | 'category'
  readonly low?: number
  readonly high?: number
  readonly choices?: readonly string[]
  /** It exists only while these have one of these values. */
  readonly when?: Readonly<Record<string, readonly string[]>>
}

export interface TestFunction {
  readonly name: string
  readonly arguments: readonly Argument[]
  readonly minimum: number
  valueAt(params: Params): number
}

const HARTMANN_WEIGHTS = [1, 1.2, 3, 3.2]
const HARTMANN_3 = {
  a: [
    [3, 10, 30],
    [0.1, 10, 35],
    [3, 10, 30],
    [0.1, 10, 35],
  ],
  p: [
    [0.3689, 0.117, 0.2673],
    [0.4699, 0.4387, 0.747],
    [0.1091, 0.8732, 0.5547],
    [0.0381, 0.5743, 0.8828],
  ],
}
const HARTMANN_6 = {
  a: [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ],
  p: [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
  ],
}

function hartmann({ a, p }: typeof HARTMANN_3, x: readonly number[]): number {
  return -HARTMANN_WEIGHTS.reduce((sum, weight, i) => {
    const inner = x.reduce((total, v, j) => total + (a[i]?.[j] as number) * (v - (p[i]?.[j] as number)) ** 2, 0)
    return sum + weight * Math.exp(-inner)
  }, 0)
}

function branin([x, y]: readonly number[]): number {
  const [u, v] = [x as number, y as number]
  const valley = v - (5.1 / (4 * Math.PI ** 2)) * u * u + (5 / Math.PI) * u - 6
  return valley ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(u) + 10
}

function ackley(x: readonly number[]): number {
  const mean = (of: (v: number) => number) => x.reduce((sum, v) => sum + of(v), 0) / x.length
  return (
    20 + Math.E - 20 * Math.exp(-0.2 * Math.sqrt(mean((v) => v * v))) - Math.exp(mean((v) => Math.cos(2 * Math.PI * v)))
  )
}

const numbers = (n: number, low: number, high: number): Argument[] =>
  Array.from({ length: n }, (_, i) => ({ name: `x${i + 1}`, kind: 'float', low, high }))

function ofVector(
  name: string,
  { list, minimum, f }: { list: readonly Argument[]; minimum: number; f: (x: readonly number[]) => number },
): TestFunction {
  return { name, arguments: list, minimum, valueAt: (params) => f(list.map((it) => Number(params[it.name]))) }
}

const log10 = (params: Params, name: string) => Math.log10(Number(params[name]))
const square = (x: number) => x * x

/** A bowl a category, the bowls in different places and at different heights; an integer and a logarithmic one beside it. */
const BOWLS: Readonly<Record<string, readonly [x: number, y: number, height: number]>> = {
  a: [0.2, 0.3, 0],
  b: [0.7, 0.6, 0.15],
  c: [0.5, 0.5, 0.3],
  d: [0.9, 0.1, 0.05],
}

const mixed: TestFunction = {
  name: 'mixed',
  minimum: 0,
  arguments: [
    { name: 'bowl', kind: 'category', choices: ['a', 'b', 'c', 'd'] },
    { name: 'whole', kind: 'int', low: 1, high: 20 },
    { name: 'rate', kind: 'log', low: 1e-6, high: 1 },
    ...numbers(2, 0, 1),
  ],
  valueAt: (params) => {
    const [x, y, height] = BOWLS[String(params.bowl)] ?? [0, 0, 1]
    const place = square(Number(params.x1) - x) + 2 * square(Number(params.x2) - y)
    return height + place + square((Number(params.whole) - 7) / 20) + square(log10(params, 'rate') + 2.5) / 10
  },
}

/** Three kinds of model with parameters of their own. */
const conditional: TestFunction = {
  name: 'conditional',
  minimum: 0,
  arguments: [
    { name: 'kind', kind: 'category', choices: ['forest', 'network', 'vectors'] },
    { name: 'cost', kind: 'log', low: 1e-3, high: 1e3, when: { kind: ['vectors'] } },
    { name: 'gamma', kind: 'log', low: 1e-5, high: 10, when: { kind: ['vectors'] } },
    { name: 'depth', kind: 'int', low: 1, high: 20, when: { kind: ['forest'] } },
    { name: 'features', kind: 'float', low: 0.1, high: 1, when: { kind: ['forest'] } },
    { name: 'layers', kind: 'int', low: 1, high: 6, when: { kind: ['network'] } },
    { name: 'dropout', kind: 'float', low: 0, high: 0.8, when: { kind: ['network'] } },
    { name: 'rate', kind: 'log', low: 1e-6, high: 1, when: { kind: ['network'] } },
  ],
  valueAt: (params) => {
    switch (params.kind) {
      case 'vectors':
        return 0.1 + square(log10(params, 'cost') - 1) / 20 + square(log10(params, 'gamma') + 2) / 20
      case 'forest':
        return 0.05 + square((Number(params.depth) - 12) / 20) + square(Number(params.features) - 0.4)
      default:
        return (
          square(Number(params.layers) - 3) / 20 +
          square(Number(params.dropout) - 0.2) +
          square(log10(params, 'rate') + 3) / 10
        )
    }
  },
}

export const FUNCTIONS: readonly TestFunction[] = [
  ofVector('branin', {
    list: [
      { name: 'x1', kind: 'float', low: -5, high: 10 },
      { name: 'x2', kind: 'float', low: 0, high: 15 },
    ],
    minimum: 10 / (8 * Math.PI),
    f: branin,
  }),
  ofVector('hartmann3', { list: numbers(3, 0, 1), minimum: -3.86278214782076, f: (x) => hartmann(HARTMANN_3, x) }),
  ofVector('hartmann6', { list: numbers(6, 0, 1), minimum: -3.32236801141551, f: (x) => hartmann(HARTMANN_6, x) }),
  // Not symmetric: the minimum would otherwise lie in the middle, where some begin.
  ofVector('ackley5', { list: numbers(5, -20, 32.768), minimum: 0, f: ackley }),
  mixed,
  conditional,
]

function spaceOf(list: readonly Argument[]): SearchSpace {
  const parameters = Object.fromEntries(
    list.map(({ name, kind, low = 0, high = 1, choices = [] }) => {
      if (kind === 'category') return [name, { distribution: 'categorical', values: choices }] as const
      const distribution = kind === 'int' ? 'int_uniform' : kind === 'log' ? 'log_uniform_values' : 'uniform'
      return [name, { distribution, min: low, max: high }] as const
    }),
  )
  const conditions = list.flatMap(({ name, when }) => (when === undefined ? [] : [{ parameter: name, when }]))
  return { parameters, conditions, zipped: [], constraints: [] }
}

/** As a table with one seed and without noise. */
export function functionTable(it: TestFunction): Table {
  return {
    name: it.name,
    goal: 'minimize',
    space: spaceOf(it.arguments),
    seeds: [0],
    valueOf: (params) => it.valueAt(params),
    meanOf: (params) => it.valueAt(params),
    regretOf: (params) => it.valueAt(params) - it.minimum,
    plain: () => {
      throw new Error('A function has no end of configurations.')
    },
  }
}
