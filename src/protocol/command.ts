import { UserError } from '../base/errors.ts'
import { VARIABLE } from './attempt-environment.ts'
import { pythonJson, pythonText } from './python-text.ts'

/** What one attempt's argv is made from. */
export interface CommandParts {
  /** The template with its macros. */
  readonly argv: readonly string[]
  /** What `${program}` stands for. */
  readonly program?: string
  /** In the order in which they are to be written. */
  readonly params: Readonly<Record<string, unknown>>
  /** Absolute path of the JSON file that holds `params`. */
  readonly paramsFile: string
  /** The attempt's whole environment: `${envvar:NAME}`, `${seed}` and `${trial_dir}` are looked up in it. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Macros that write each parameter as text, which a null cannot be. */
export const argsMacros: readonly string[] = [
  `\${args}`,
  `\${args_no_equals}`,
  `\${args_no_hyphens}`,
  `\${args_no_boolean_flags}`,
]

/**
 * Fills W&B's command template in. A macro counts only when it is the whole item, and an unknown one leaves nothing,
 * as there; `${envvar:NAME}` counts anywhere, and so do `${param:NAME}`, `${seed}` and `${trial_dir}`, which are ours.
 * Text is what Python's `str()` makes of a value: `True`, `1e-05`, `['a', 'b']`.
 *
 * The seed always reaches the process as SWEEP_SEED; it is on the command line only where `${seed}` puts it.
 *
 * @throws {UserError} COMMAND_PARAM for a null among the arguments, or a `${param:NAME}` that the trial does not have
 * @source wandb/sdk/launch/sweeps/utils.py, create_sweep_command and create_sweep_command_args
 */
export function renderCommand(parts: CommandParts): string[] {
  const { params } = parts
  const macros: Readonly<Record<string, () => string[]>> = {
    env: () => (process.platform === 'win32' ? [] : ['/usr/bin/env']),
    interpreter: () => ['python'],
    program: () => (parts.program === undefined ? [] : [parts.program]),
    args: () => texts(params).map(([name, text]) => `--${name}=${text}`),
    args_no_equals: () => texts(params).flatMap(([name, text]) => [`--${name}`, text]),
    args_no_hyphens: () => texts(params).map(([name, text]) => `${name}=${text}`),
    args_no_boolean_flags: () => withoutBooleans(params),
    args_json: () => [pythonJson(params)],
    args_json_file: () => [parts.paramsFile],
  }
  return parts.argv.flatMap((item) => {
    const chunk = filledIn(item, parts)
    // What came out of a variable or a parameter is text, also when it looks like a macro.
    if (chunk !== item || !item.startsWith(`\${`) || !item.endsWith('}')) return [chunk]
    const name = item.slice(2, -1)
    return Object.hasOwn(macros, name) ? (macros[name]?.() ?? []) : []
  })
}

/**
 * The same command as it may be written down: what `${envvar:NAME}` stands for may be a secret, so `$NAME` stands there.
 *
 * @returns undefined when the template looks up no variable, and so hides nothing
 */
export function shownCommand(parts: CommandParts): string[] | undefined {
  const variables = parts.argv.flatMap((item) => [...item.matchAll(INSIDE)].flatMap(([, variable]) => variable ?? []))
  if (variables.length === 0) return undefined
  const hidden = Object.fromEntries(variables.map((variable) => [variable, `$${variable}`]))
  return renderCommand({ ...parts, env: { ...parts.env, ...hidden } })
}

function texts(params: Readonly<Record<string, unknown>>): [name: string, text: string][] {
  return Object.entries(params).map(([name, value]) => {
    if (value === null || value === undefined) throw nullParam(name)
    return [name, pythonText(value)]
  })
}

function withoutBooleans(params: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(params).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [`--${name}`] : []
    return texts({ [name]: value }).map(([, text]) => `--${name}=${text}`)
  })
}

const INSIDE = /\$\{(?:envvar:([A-Z0-9_]*)|param:([^}]+)|(seed|trial_dir))\}/g

function filledIn(item: string, { params, env }: CommandParts): string {
  return item.replace(INSIDE, (_macro, variable?: string, param?: string, own?: string) => {
    // W&B leaves the bare name where the variable is not set.
    if (variable !== undefined) return env[variable] ?? variable
    if (own !== undefined) return env[own === 'seed' ? VARIABLE.seed : VARIABLE.trialDir] ?? ''
    const value = lookUp(params, param as string)
    if (value === undefined) throw missingParam(param as string, params)
    return pythonText(value)
  })
}

/** A name as it is, or else the way into a nested group. */
function lookUp(params: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(params, path)) return params[path]
  return path.split('.').reduce<unknown>((at, key) => {
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
  }, params)
}

function nullParam(name: string): UserError {
  return new UserError(
    `Parameter ${name} is null, which cannot be written on a command line. No attempt was started.`,
    {
      code: 'COMMAND_PARAM',
      suggestions: ['leave the parameter out with `when`', `use \${args_json} or the file that SWEEP_PARAMS names`],
    },
  )
}

function missingParam(name: string, params: Readonly<Record<string, unknown>>): UserError {
  const known = Object.keys(params).join(', ')
  return new UserError(`The command has \${param:${name}}, but this trial has: ${known}. No attempt was started.`, {
    code: 'COMMAND_PARAM',
    suggestions: ['correct the name in `command`', 'give the parameter a value in every trial'],
  })
}
