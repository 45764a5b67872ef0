import type { z } from 'zod'

/**
 * One entry of a registry: everything the rest of the program may know of an implementation.
 * Names in config files, help, did-you-mean, docs tables and contract suites all derive from these.
 */
export interface Entry<Contract> {
  /** One sentence for help and docs. */
  readonly summary: string
  /** Options with their defaults; unknown keys are refused. */
  readonly options: z.ZodObject
  /** Checks the options and makes the thing. @throws {z.ZodError} when the options do not fit. */
  create(options: unknown): Contract
}

export type Registry<Contract> = Readonly<Record<string, Entry<Contract>>>

/** Types `options` inside the defining file and forgets the type at its door. */
export function entry<Options extends z.ZodObject, Contract>(definition: {
  readonly summary: string
  readonly options: Options
  readonly create: (options: z.output<Options>) => Contract
}): Entry<Contract> {
  // Made once: building a schema costs a hundred times as much as using it.
  const strict = definition.options.strict()
  return {
    summary: definition.summary,
    options: definition.options,
    create: (options) => definition.create(strict.parse(options ?? {}) as z.output<Options>),
  }
}
