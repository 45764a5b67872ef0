import { isGriddable } from '../space/grid-axis.ts'
import { leavesOf } from '../space/layout.ts'
import type { Condition, Parameter, SearchSpace } from '../space/search-space.ts'
import { readMap } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, Place } from './located.ts'
import { described, entryOf, plainOf, without } from './located.ts'
import { readDomain } from './read-domain.ts'
import type { WrittenCondition } from './read-rules.ts'
import { conditionProblems, readConditions, readConstraints, readZips } from './read-rules.ts'

/** Parts of a space as written, in one file or merged from several. */
export interface SpaceSource {
  readonly parameters: LocatedMap
  readonly zip: readonly Located[]
  readonly constraints: readonly Located[]
}

export interface ReadSpace {
  readonly space: SearchSpace
  /** Where each parameter was written, by path. */
  readonly places: ReadonlyMap<string, Place>
}

/** What gathers while parameters are read. */
interface Gathered {
  readonly conditions: WrittenCondition[]
  readonly places: Map<string, Place>
  readonly findings: Findings
}

/** W&B's rule, less one name that JavaScript has taken. */
const NAME = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_.-]*$/

/** Reads parameters, conditions, zips and constraints. @returns undefined when a parameter could not be read */
export function readSpace(source: SpaceSource, findings: Findings): ReadSpace | undefined {
  const gathered: Gathered = { conditions: [], places: new Map(), findings }
  const before = findings.problems.length
  const parameters = readParameters(source.parameters, '', gathered)
  // What refers to a parameter that could not be read would only repeat its problem.
  if (findings.problems.length > before) return undefined
  const leaves = leavesOf({ parameters, conditions: [], zipped: [], constraints: [] })
  const conditions: Condition[] = readConditions(gathered.conditions, leaves, findings)
  const zipped = readZips(source.zip, leaves, findings)
  const constraints = readConstraints(source.constraints, leaves, findings)
  const space = { parameters, conditions, zipped, constraints }
  if (findings.problems.length === before) conditionProblems(space, gathered.conditions, findings)
  return findings.problems.length === before ? { space, places: gathered.places } : undefined
}

function readParameters(map: LocatedMap, above: string, gathered: Gathered): Record<string, Parameter> {
  const parameters: Record<string, Parameter> = {}
  for (const { key, keyPlace, value } of map.entries) {
    if (!NAME.test(key)) nameProblem(key, keyPlace, gathered.findings)
    else {
      const path = above === '' ? key : `${above}.${key}`
      const parameter = readParameter(value, path, gathered)
      if (parameter) parameters[key] = parameter
      gathered.places.set(path, keyPlace)
    }
  }
  return parameters
}

function nameProblem(key: string, at: Place, findings: Findings): void {
  findings.problem({
    code: 'PARAMETER_NAME',
    at,
    message: `The parameter name "${key}" may hold letters, digits, _, - and . only, and begins with a letter or _.`,
    fix: key.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^(?=[^A-Za-z_])/, '_'),
  })
}

function readParameter(node: Located, path: string, gathered: Gathered): Parameter | undefined {
  const { findings } = gathered
  if (node.kind !== 'map') {
    const one = node.kind === 'list' ? '{ values: [...] }' : `{ value: ${String(plainOf(node))} }`
    findings.problem({
      code: 'PARAMETER_KEYS',
      at: node.place,
      message: `${node.place.path} is ${described(node)}; a parameter is a map with value, values, or min and max.`,
      fix: `${path.split('.').at(-1)}: ${one}`,
    })
    return undefined
  }
  const when = readMap(entryOf(node, 'when'), findings)
  if (when) gathered.conditions.push({ path, when })
  const rest = without(node, ['when'])
  return entryOf(rest, 'parameters') === undefined ? readDomain(rest, findings) : readGroup(rest, path, gathered)
}

function readGroup(map: LocatedMap, path: string, gathered: Gathered): Parameter | undefined {
  const [extra] = map.entries.filter((entry) => entry.key !== 'parameters')
  if (extra) {
    gathered.findings.problem({
      code: 'PARAMETER_KEYS',
      at: extra.keyPlace,
      message: `${map.place.path} has nested parameters, so it cannot have ${extra.key} of its own.`,
      fix: `remove ${extra.key}`,
    })
  }
  const inner = readMap(entryOf(map, 'parameters'), gathered.findings)
  if (inner?.entries.length === 0) {
    gathered.findings.problem({
      code: 'NO_PARAMETERS',
      at: inner.place,
      message: `${inner.place.path} is empty; it needs at least one parameter.`,
    })
  }
  return inner && { parameters: readParameters(inner, path, gathered) }
}

/** Says which parameters a grid cannot list. */
export function gridProblems({ space, places }: ReadSpace, file: Place, findings: Findings): void {
  for (const { path, domain } of leavesOf(space)) {
    if (isGriddable(domain)) continue
    const instead =
      domain.distribution === 'categorical_w_probabilities' ? 'remove `probabilities:`' : 'values: [...], or q_uniform'
    findings.problem({
      code: 'SPACE_NOT_GRIDDABLE',
      at: places.get(path) ?? file,
      message: `${path} is ${domain.distribution}, so method: grid has no list of its values.`,
      fix: `${instead}, or method: random`,
    })
  }
}
