import { nearest } from '../base/nearest.ts'
import type { Params } from '../space/domain.ts'
import { leavesOf } from '../space/layout.ts'
import type { SearchSpace } from '../space/search-space.ts'
import type { Findings } from './findings.ts'
import type { LocatedMap } from './located.ts'
import { entryOf } from './located.ts'

const PARAM = /\$\{param:([^}]+)\}/g

export interface CommandCheck {
  readonly argv: readonly string[]
  readonly space: SearchSpace
  readonly fixed: Params
  readonly sweep: LocatedMap
}

/** Finds `${param:NAME}` of a parameter that no trial has; every attempt would fail for it. */
export function checkCommand({ argv, space, fixed, sweep }: CommandCheck, findings: Findings): void {
  const inSpace = leavesOf(space).flatMap(({ keys }) => keys.map((_, depth) => keys.slice(0, depth + 1).join('.')))
  const known = new Set([...inSpace, ...namesIn(fixed)])
  const command = entryOf(sweep, 'command')
  for (const [i, item] of argv.entries()) {
    const node = command?.kind === 'list' ? command.items[i] : command
    for (const [macro, name] of item.matchAll(PARAM)) {
      if (name === undefined || known.has(name)) continue
      const [close] = nearest(name, known)
      findings.problem({
        code: 'COMMAND_PARAM_UNKNOWN',
        at: (node ?? sweep).place,
        message: `command has ${macro}, but no trial has a parameter of that name. Known: ${[...known].join(', ') || 'none'}.`,
        fix: close && `\${param:${close}}`,
      })
    }
  }
}

/** All names under which `${param:NAME}` finds something. */
function namesIn(params: Params, prefix = ''): string[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const path = `${prefix}${name}`
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isGroup ? [path, ...namesIn(value as Params, `${path}.`)] : [path]
  })
}
