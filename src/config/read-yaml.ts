import type { Document, Node, Pair, YAMLError } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar } from 'yaml'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, LocatedScalar, MapEntry, Place } from './located.ts'
import { below } from './located.ts'
import { mendedIndentation } from './yaml-indentation.ts'
import { readPlainScalar } from './yaml-scalar.ts'

/** Deeper than any sweep file; a circle of aliases ends here. */
const DEEPEST = 40

/** What one file needs while it is read. */
interface Reading {
  readonly document: Document
  readonly lines: LineCounter
  readonly file: string
  readonly findings: Findings
}

/**
 * Reads YAML into located values. Scalars are read as PyYAML reads them (see yaml-scalar.ts), never by the library.
 *
 * @param file as it is to be named in messages
 * @returns undefined when the text cannot be read at all; the problems are in `findings`
 */
export function readYaml(text: string, file: string, findings: Findings): Located | undefined {
  const mended = parsed(mendedIndentation(text))
  // When mending did not help, the complaint is about what the person wrote.
  const { document, lines } = mended.document.errors.length === 0 ? mended : parsed(text)
  // What follows the first error of a file is mostly its echo.
  for (const error of document.errors.slice(0, 1)) syntaxProblem(error, { lines, file, findings })
  if (document.errors.length > 0) return undefined
  const top: Place = { file, line: 1, path: '' }
  if (document.contents === null) return scalarAt(top, null)
  return located(document.contents as Node, top, { document, lines, file, findings })
}

function parsed(text: string): { document: Document; lines: LineCounter } {
  const lines = new LineCounter()
  const options = {
    schema: 'failsafe',
    uniqueKeys: false,
    lineCounter: lines,
    logLevel: 'error',
    merge: false,
  } as const
  return { document: parseDocument(text, options), lines }
}

const FIXES: Readonly<Record<string, string>> = {
  BAD_INDENT: 'indent this line deeper than the key it belongs to, and everything of one list equally',
  TAB_AS_INDENT: 'spaces instead of tabs',
  MULTIPLE_DOCS: 'one document: remove the line `---`',
  MISSING_CHAR: 'close the bracket or quote that was opened',
  BLOCK_AS_IMPLICIT_KEY: 'quotes around a value that holds ": "',
}

function syntaxProblem(
  error: YAMLError,
  { lines, file, findings }: Pick<Reading, 'lines' | 'file' | 'findings'>,
): void {
  findings.problem({
    code: 'YAML_SYNTAX',
    at: { file, line: Math.max(1, lines.linePos(error.pos[0]).line), path: '' },
    message: `This is not YAML: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}.`,
    fix: FIXES[error.code],
  })
}

function scalarAt(place: Place, value: LocatedScalar['value'], isFloat = false): LocatedScalar {
  return { kind: 'scalar', place, value, isFloat }
}

function located(node: Node | null, place: Place, reading: Reading, depth = 0): Located {
  if (node === null) return scalarAt(place, null)
  if (depth > DEEPEST) return refused(place, reading, 'nested too deeply, or refers to itself')
  if (isAlias(node)) {
    const target = node.resolve(reading.document)
    return target ? located(target, place, reading, depth + 1) : refused(place, reading, 'an alias without an anchor')
  }
  if (isScalar(node)) return readScalar(node, place, reading)
  if ((isSeq(node) || isMap(node)) && !collectionTag(node.tag)) return unknownTag(node.tag, place, reading)
  if (isSeq(node)) {
    const items = node.items.map((item, i) =>
      located(item as Node | null, below(place, i, lineOf(item as Node | null, reading)), reading, depth + 1),
    )
    return { kind: 'list', place, items }
  }
  if (isMap(node)) return readMap(node.items as Pair<Node, Node | null>[], place, reading, depth)
  return refused(place, reading, 'of a kind that sweep files do not have')
}

function refused(place: Place, { findings }: Reading, what: string): LocatedScalar {
  findings.problem({ code: 'YAML_SYNTAX', at: place, message: `${place.path || 'The file'} is ${what}.` })
  return scalarAt(place, null)
}

function lineOf(node: Node | null, { lines }: Reading): number | undefined {
  return node?.range ? lines.linePos(node.range[0]).line : undefined
}

function readMap(pairs: readonly Pair<Node, Node | null>[], place: Place, reading: Reading, depth: number): LocatedMap {
  const entries: MapEntry[] = []
  const merged: MapEntry[] = []
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value ?? '') : undefined
    const keyPlace = below(place, name ?? '?', lineOf(key, reading))
    const valuePlace = below(place, name ?? '?', lineOf(value, reading) ?? keyPlace.line)
    if (name === undefined) refused(keyPlace, reading, 'a key that is not a word')
    else if (name === '<<') merged.push(...mergedEntries(located(value, place, reading, depth + 1)))
    else addEntry({ key: name, keyPlace, value: located(value, valuePlace, reading, depth + 1) }, entries, reading)
  }
  const own = new Set(entries.map((entry) => entry.key))
  return { kind: 'map', place, entries: [...entries, ...merged.filter((entry) => !own.has(entry.key))] }
}

/** `<<: *defaults`, also with a list of maps, where the first one wins. */
function mergedEntries(node: Located): MapEntry[] {
  const maps = node.kind === 'list' ? node.items : [node]
  const all = maps.flatMap((map) => (map.kind === 'map' ? map.entries : []))
  return all.filter((entry, i) => all.findIndex((other) => other.key === entry.key) === i)
}

function addEntry(entry: MapEntry, entries: MapEntry[], { findings }: Reading): void {
  const first = entries.find((other) => other.key === entry.key)
  if (first === undefined) entries.push(entry)
  else {
    findings.problem({
      code: 'YAML_DUPLICATE_KEY',
      at: entry.keyPlace,
      message: `${entry.keyPlace.path} stands here and in line ${first.keyPlace.line}; only one of them can count.`,
      fix: 'remove one of the two',
    })
  }
}

const CORE_TAG = 'tag:yaml.org,2002:'

/** Sets, ordered maps and Python's own kinds would lose what they are. */
function collectionTag(tag: string | undefined): boolean {
  return tag === undefined || tag === `${CORE_TAG}map` || tag === `${CORE_TAG}seq`
}

function unknownTag(tag: string | undefined, place: Place, { findings }: Reading, text?: string): LocatedScalar {
  const unfit = text === undefined ? '' : ` or does not fit "${text}"`
  findings.problem({
    code: 'YAML_TAG',
    at: place,
    message: `${place.path} has the tag ${tag}, which is not known here${unfit}.`,
    fix: 'the value without a tag',
  })
  return scalarAt(place, null)
}

function readScalar(node: Scalar, place: Place, reading: Reading): LocatedScalar {
  const text = node.source ?? String(node.value ?? '')
  const tag = node.tag?.startsWith(CORE_TAG) ? node.tag.slice(CORE_TAG.length) : node.tag
  if (tag === undefined)
    return node.type === Scalar.PLAIN ? readPlain(text, place, reading) : scalarAt(place, String(node.value ?? ''))
  if (tag === 'str') return scalarAt(place, String(node.value ?? ''))
  const plain = readPlainScalar(text.trim())
  if (tag === 'float' && typeof plain.value === 'number') return scalarAt(place, plain.value, true)
  if (tag === 'int' && typeof plain.value === 'number' && Number.isInteger(plain.value))
    return scalarAt(place, plain.value)
  if (tag === 'bool' && typeof plain.value === 'boolean') return scalarAt(place, plain.value)
  if (tag === 'null' && plain.value === null) return scalarAt(place, null)
  return unknownTag(node.tag, place, reading, text)
}

function readPlain(text: string, place: Place, { findings }: Reading): LocatedScalar {
  const plain = readPlainScalar(text)
  if (plain.note) findings.note(place, plain.note)
  if (plain.inexact) {
    findings.problem({
      code: 'NUMBER_NOT_EXACT',
      at: place,
      message: `${place.path} is ${text}, a number that cannot be kept as it is written.`,
      fix: `"${text}" in quotes, if the trainer takes text, or another number`,
    })
  }
  return scalarAt(place, plain.value, plain.isFloat)
}
