import { UserError } from '../../base/errors.ts'
import type { SweepSpec } from '../../trial/sweep-spec.ts'

/** As notices (`${env:NAME}`) and the commands of trainers (`${envvar:NAME}`) refer to the environment. */
const REFERENCE = /\$\{env(?:var)?:([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Variables of the environment that a sweep refers to, sorted. */
export function neededVariables({ notify, trainer }: SweepSpec): string[] {
  const names = [...JSON.stringify([notify, trainer]).matchAll(REFERENCE)].map(([, name]) => name as string)
  return [...new Set(names)].sort()
}

/**
 * A timer's shell has none of them, and a message that never comes is noticed last of all.
 *
 * @throws {UserError} SCHEDULE_ENV
 */
export function requireVariables(
  sweep: string,
  needed: readonly string[],
  kept: Readonly<Record<string, string>>,
): void {
  const missing = needed.filter((name) => kept[name] === undefined)
  if (missing.length === 0) return
  const flags = missing.map((name) => `--env ${name}`).join(' ')
  throw new UserError(
    `The sweep ${sweep} takes ${missing.join(' and ')} from the environment, which no timer's shell has. Nothing was installed.`,
    {
      code: 'SCHEDULE_ENV',
      suggestions: [
        `${flags}   (keeps the present ${missing.length === 1 ? 'value' : 'values'}, readable by you only)`,
        '--with none, and: sweep schedule run   (in a shell or container that has them)',
      ],
    },
  )
}
