import { UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Registry } from '../base/registry.ts'
import type { Choice } from '../trial/sweep-spec.ts'

/**
 * Makes what a spec names. Sweep files are checked by config/ before; this is for sweeps of another release.
 *
 * @throws {UserError} CHOICE_UNKNOWN
 */
export function chosen<Contract>(registry: Registry<Contract>, { name, options }: Choice): Contract {
  const entry = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (entry !== undefined) return entry.create(options)
  const known = Object.keys(registry)
  const near = nearest(name, known)
  throw new UserError(`"${name}" is not known to this release. Known: ${known.join(', ')}. Nothing was started.`, {
    code: 'CHOICE_UNKNOWN',
    suggestions: near.length > 0 ? near : ['run it with the release that started the sweep'],
  })
}
