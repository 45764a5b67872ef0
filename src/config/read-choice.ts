import { nearest } from '../base/nearest.ts'
import type { Entry } from '../base/registry.ts'
import type { Choice } from '../trial/sweep-spec.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, Place } from './located.ts'
import { described, entryOf, plainOf, without } from './located.ts'

/** A registry as the reader of a choice sees it. */
export interface Choices {
  readonly registry: Readonly<Record<string, Entry<unknown>>>
  /** Names that other tools or later versions have, and what to take instead. */
  readonly later: Readonly<Record<string, string>>
  /** Names that other tools have for what is there under another one. */
  readonly aliases?: Readonly<Record<string, string>>
}

/** `method: grid`, or `method: { name: grid, option: 1 }`. */
export function readChoice(
  node: Located,
  { registry, later, aliases = {} }: Choices,
  findings: Findings,
): Choice | undefined {
  const nameNode = node.kind === 'map' ? (entryOf(node, 'name') ?? entryOf(node, 'type')) : node
  const written = nameNode?.kind === 'scalar' && typeof nameNode.value === 'string' ? nameNode.value : undefined
  const name = written !== undefined && Object.hasOwn(aliases, written) ? aliases[written] : written
  if (nameNode !== undefined && name !== undefined && name !== written)
    findings.note(nameNode.place, `${nameNode.place.path}: ${written} is ${name} here.`)
  const known = Object.keys(registry)
  if (name === undefined || nameNode === undefined || !Object.hasOwn(registry, name)) {
    if (name !== undefined && Object.hasOwn(later, name))
      notAvailable(node.place, { name, instead: later[name] as string, findings })
    else unknownName(nameNode ?? node, known, findings)
    return undefined
  }
  const rest = node.kind === 'map' ? without(node, ['name', 'type']) : undefined
  const options = rest === undefined ? {} : (plainOf(rest) as Record<string, unknown>)
  checkOptions(registry[name] as Entry<unknown>, { name, options, node: rest, at: node.place, findings })
  return { name, options }
}

export function notAvailable(
  at: Place,
  { name, instead, findings }: { readonly name: string; readonly instead: string; readonly findings: Findings },
): void {
  findings.problem({
    code: 'NOT_AVAILABLE',
    at,
    message: `${at.path} is ${name}, which is not available in this version.`,
    fix: instead,
  })
}

function unknownName(node: Located, known: readonly string[], findings: Findings): void {
  const [near] = node.kind === 'scalar' ? nearest(String(node.value), known) : []
  findings.problem({
    code: 'VALUE_UNKNOWN',
    at: node.place,
    message: `${node.place.path} is ${described(node)}. Known: ${known.join(', ')}.`,
    fix: near && `${node.place.path}: ${near}`,
  })
}

interface OptionCheck {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly node: LocatedMap | undefined
  readonly at: Place
  readonly findings: Findings
}

/** Says which options are not known or not of their kind; never repeats a value, which may be a secret. */
export function checkOptions(entry: Entry<unknown>, { name, options, node, at, findings }: OptionCheck): void {
  const checked = entry.options.strict().safeParse(options)
  for (const issue of checked.success ? [] : checked.error.issues) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')]
    for (const key of unknown) {
      const place = node?.entries.find((e) => e.key === key)?.keyPlace ?? at
      const known = Object.keys(entry.options.shape)
      const near = issue.code === 'unrecognized_keys' ? nearest(key, known)[0] : undefined
      const options = known.length === 0 ? 'it has no options' : `its options: ${known.join(', ')}`
      findings.problem({
        code: issue.code === 'unrecognized_keys' ? 'KEY_UNKNOWN' : 'VALUE_TYPE',
        at: place,
        message: `${at.path} (${name}): ${issue.code === 'unrecognized_keys' ? `"${key}" is not an option` : `${key}: ${issue.message}`}; ${options}.`,
        fix: near && `${near}:`,
      })
    }
  }
}
