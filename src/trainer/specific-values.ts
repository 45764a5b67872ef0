import { nearest } from '../base/nearest.ts'
import type { Task } from './dataset.ts'

/** What is wrong with one parameter. */
export interface SettingProblem {
  /** The parameter as typed, such as `boost.yelp`. */
  readonly path: string
  readonly message: string
  readonly fix?: string
}

/** One number for a part of the model, as somebody wrote it. */
export interface Assignment {
  /** As typed, for messages. */
  readonly path: string
  /** Names under the setting: none (for all), a task, a class, or a task and a class. */
  readonly names: readonly string[]
  /** `boost.yelp: 6` instead of `boost: {yelp: 6}`; wins between equals, because it is what a search space varies. */
  readonly dotted: boolean
  readonly value: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function flatten(prefix: Omit<Assignment, 'value'>, value: unknown): Assignment[] {
  if (!isObject(value)) return [{ ...prefix, value }]
  return Object.entries(value).flatMap(([name, inner]) =>
    flatten({ ...prefix, path: `${prefix.path}.${name}`, names: [...prefix.names, name] }, inner),
  )
}

/** Everything that `params` says about `setting`: `s: 2`, `s: {a: 2}`, `s: {a: {b: 2}}`, `s.a: 2`, `s.a.b: 2`. */
export function assignmentsOf(setting: string, params: Readonly<Record<string, unknown>>): Assignment[] {
  return Object.entries(params).flatMap(([key, value]) => {
    if (key === setting) return flatten({ path: key, names: [], dotted: false }, value)
    if (!key.startsWith(`${setting}.`)) return []
    return flatten({ path: key, names: [key.slice(setting.length + 1)], dotted: true }, value)
  })
}

/** What an assignment is about; undefined means all. */
export interface Target {
  readonly task?: string
  readonly class?: string
  /** How many names were written: `boost.venue.yelp` says more than `boost.yelp`. */
  readonly depth: number
}

/** All ways to read `a.b.c` as one or two names: a class may have a dot in its name. */
function readings(names: readonly string[]): string[][] {
  if (names.length !== 1) return [[...names]]
  const whole = names[0] as string
  const dots = [...whole.matchAll(/\./g)].map((match) => match.index)
  return [[whole], ...dots.map((at) => [whole.slice(0, at), whole.slice(at + 1)])]
}

function targetOf(names: readonly string[], tasks: readonly Task[], by: 'task' | 'class'): Target[] {
  const [first, second, ...more] = names
  if (first === undefined) return [{ depth: 0 }]
  if (more.length > 0) return []
  const task = tasks.find(({ name }) => name === first)
  if (second !== undefined)
    return by === 'class' && task?.classes.includes(second) ? [{ task: first, class: second, depth: 2 }] : []
  if (task) return [{ task: first, depth: 1 }]
  if (by === 'task') return []
  return tasks
    .filter(({ classes }) => classes.includes(first))
    .map(({ name }) => ({ task: name, class: first, depth: 1 }))
}

/** @returns the part of the model that is meant, or what is wrong with the names */
export function readTarget(
  assignment: Assignment,
  tasks: readonly Task[],
  by: 'task' | 'class',
): { target: Target } | { problem: SettingProblem } {
  const found = readings(assignment.names).flatMap((names) => targetOf(names, tasks, by))
  const [target, other] = found
  if (target && !other) return { target }
  const { path, names } = assignment
  const setting = path.split('.', 1)[0] as string
  const typed = names.join('.')
  if (target && other) {
    const message = `"${typed}" is a class of several tasks (${found.map((t) => t.task).join(', ')}).`
    return { problem: { path, message, fix: `${setting}.${target.task}.${typed}` } }
  }
  const known = [...tasks.map(({ name }) => name), ...(by === 'class' ? tasks.flatMap(({ classes }) => classes) : [])]
  const [close] = nearest(names.at(-1) as string, known).concat(nearest(typed.split('.').at(-1) as string, known))
  const message = `"${typed}" is no ${by === 'class' ? 'task or class' : 'task'} of this data. Known: ${known.join(', ')}.`
  return { problem: { path, message, ...(close === undefined ? {} : { fix: `${setting}.${close}` }) } }
}

export interface PlacedValue {
  readonly target: Target
  readonly dotted: boolean
  readonly value: number
}

/** @returns the most specific of `values` that covers this task (and class), or undefined */
export function mostSpecific(values: readonly PlacedValue[], task: string, className?: string): number | undefined {
  let best: PlacedValue | undefined
  let bestRank = -1
  for (const placed of values) {
    const { target } = placed
    if (target.task !== undefined && target.task !== task) continue
    if (target.class !== undefined && target.class !== className) continue
    const scope = target.class !== undefined ? 2 : target.task !== undefined ? 1 : 0
    const rank = 10 * scope + 2 * target.depth + (placed.dotted ? 1 : 0)
    if (rank > bestRank) {
      best = placed
      bestRank = rank
    }
  }
  return best?.value
}
