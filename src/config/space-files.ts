import { basename, extname, join } from 'node:path'
import { nearest } from '../base/nearest.ts'
import { readItems, readMap, readText, refuseOtherKeys } from './fields.ts'
import { filesIn, readTextFile, shownPath } from './find-sweep.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, MapEntry, Place } from './located.ts'
import { entryOf } from './located.ts'
import type { SpaceSource } from './read-space.ts'
import { readYaml } from './read-yaml.ts'

const KEYS = ['parameters', 'zip', 'constraints', 'description']

/**
 * Everything that a sweep searches: its own `parameters`, `zip` and `constraints`, and those of the files that `space`
 * names in `folder`/search-spaces. A parameter that two of them define is a problem: neither silently wins.
 */
export function mergedSpace(sweep: LocatedMap, folder: string, findings: Findings): SpaceSource {
  const files = readItems(entryOf(sweep, 'space')).flatMap((node) => spaceFile(node, folder, findings))
  const sources = [...files, sweep]
  const parameters = sources.flatMap((source) => readMap(entryOf(source, 'parameters'), findings)?.entries ?? [])
  const place = entryOf(sweep, 'parameters')?.place ?? entryOf(sweep, 'space')?.place ?? sweep.place
  return {
    parameters: { kind: 'map', place: { ...place, path: 'parameters' }, entries: eachOnce(parameters, findings) },
    zip: sources.flatMap((source) => entryOf(source, 'zip') ?? []),
    constraints: sources.flatMap((source) => readItems(entryOf(source, 'constraints'))),
  }
}

function eachOnce(entries: readonly MapEntry[], findings: Findings): MapEntry[] {
  return entries.filter((entry, i) => {
    const first = entries.findIndex((other) => other.key === entry.key)
    if (first === i) return true
    const other = entries[first]?.keyPlace as Place
    findings.problem({
      code: 'SPACE_CONFLICT',
      at: entry.keyPlace,
      message: `Parameter ${entry.key} is defined here and in ${other.file}:${other.line ?? '?'}.`,
      fix: 'keep one of the two',
    })
    return false
  })
}

function spaceFile(node: Located, folder: string, findings: Findings): LocatedMap[] {
  const name = readText(node, findings)
  if (name === undefined) return []
  const spaces = join(folder, 'search-spaces')
  const files = filesIn(spaces).filter((file) => ['.yaml', '.yml'].includes(extname(file)))
  const file = files.find((f) => f === name || basename(f, extname(f)) === name)
  if (file === undefined) {
    unknownSpace(node.place, { name, files, findings })
    return []
  }
  const path = join(spaces, file)
  const content = readMap(readYaml(readTextFile(path), shownPath(folder, path), findings), findings)
  if (content === undefined) return []
  refuseOtherKeys(content, KEYS, findings)
  if (entryOf(content, 'parameters') === undefined) {
    findings.problem({ code: 'NO_PARAMETERS', at: content.place, message: 'A search space needs `parameters:`.' })
  }
  return [content]
}

function unknownSpace(
  at: Place,
  { name, files, findings }: { readonly name: string; readonly files: readonly string[]; readonly findings: Findings },
): void {
  const names = files.map((file) => basename(file, extname(file)))
  const there = names.length === 0 ? 'There is none in search-spaces/.' : `Known: ${names.join(', ')}.`
  findings.problem({
    code: 'SPACE_FILE_UNKNOWN',
    at,
    message: `${at.path} names "${name}", which is not in search-spaces/. ${there}`,
    fix: nearest(name, names)[0],
  })
}
