import { BugError, EnvironmentError, type Problem, ProblemsError, SweepError, UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Style } from './text/style.ts'

/** What is said of an error, for people and for programs. */
export interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly exitCode: number
  readonly suggestions: readonly string[]
  readonly problems: readonly Problem[]
  readonly ref?: string
  /** Where it happened; only for what is a bug. */
  readonly stack?: string
}

/** What the command line was, for better words about what oclif refuses. */
export interface ErrorContext {
  readonly command: string
  readonly flags: readonly string[]
  /** The command line was read in full; until then every error is about the command line. */
  readonly parsed: boolean
}

/** Turns whatever was thrown into what is printed; nothing is left unclassified. */
export function reportOf(error: unknown, context: ErrorContext): ErrorReport {
  const known = error instanceof SweepError ? error : (machineError(error) ?? usageError(error, context))
  if (known === undefined) return unexpected(error)
  return {
    code: known.code,
    message: known.message,
    exitCode: known.exitCode,
    suggestions: known.suggestions,
    problems: known instanceof ProblemsError ? known.problems : [],
    ...(known.ref === undefined ? {} : { ref: known.ref }),
    ...(known instanceof BugError && known.stack !== undefined ? { stack: known.stack } : {}),
  }
}

const MACHINE: Readonly<Record<string, { readonly code: string; readonly hint: string }>> = {
  ENOSPC: { code: 'DISK_FULL', hint: 'df -h' },
  EDQUOT: { code: 'DISK_FULL', hint: 'quota -s' },
  EFBIG: { code: 'DISK_FULL', hint: 'ulimit -f' },
  EIO: { code: 'DISK_FAILS', hint: 'sweep doctor' },
  EROFS: { code: 'FOLDER_READ_ONLY', hint: 'sweep doctor' },
  EACCES: { code: 'FOLDER_READ_ONLY', hint: 'sweep doctor' },
  EPERM: { code: 'FOLDER_READ_ONLY', hint: 'sweep doctor' },
  EMFILE: { code: 'TOO_MANY_FILES', hint: 'ulimit -n 8192' },
  ENFILE: { code: 'TOO_MANY_FILES', hint: 'ulimit -n 8192' },
  EAGAIN: { code: 'TOO_MANY_FILES', hint: 'ulimit -u' },
}

/** The operating system's refusals are the machine's keeper's business, wherever in our code they surface. */
function machineError(error: unknown): SweepError | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined
  const refusal = MACHINE[String((error as NodeJS.ErrnoException).code)]
  if (refusal === undefined) return undefined
  return new EnvironmentError(`The system refused: ${error.message}.`, {
    code: refusal.code,
    suggestions: [refusal.hint],
    cause: error,
  })
}

/** oclif's own complaints about the command line, said again in our words: which thing, what is known, what to do. */
function usageError(error: unknown, { command, flags, parsed }: ErrorContext): SweepError | undefined {
  if (parsed || !(error instanceof Error)) return undefined
  const { code, message } = usageWords(error, flags)
  const suggestions = [`sweep ${command} --help`]
  return new UserError(`sweep ${command}: ${message} Nothing was done.`, { code, suggestions, cause: error })
}

function usageWords(error: Error, flags: readonly string[]): { readonly code: string; readonly message: string } {
  const { name } = error.constructor
  if (name === 'NonExistentFlagsError' && 'flags' in error) {
    const unknown = error.flags as readonly string[]
    const near = unknown.flatMap((flag) => nearest(flag.replace(/^-+/, ''), flags)).map((flag) => `--${flag}`)
    const hint = near.length > 0 ? ` Near: ${near.join(', ')}.` : ''
    return { code: 'FLAG_UNKNOWN', message: `there is no flag ${unknown.join(', ')}.${hint}` }
  }
  if (name === 'RequiredArgsError' && 'args' in error) {
    const missing = error.args as readonly { readonly name: string; readonly description?: string }[]
    const list = missing.map((arg) => `${arg.name.toUpperCase()} (${arg.description ?? ''})`).join(' and ')
    return { code: 'ARGUMENT_MISSING', message: `${list} is missing.` }
  }
  if (name === 'UnexpectedArgsError' && 'args' in error) {
    const extra = (error.args as readonly string[]).map((argument) => `"${argument}"`).join(', ')
    return { code: 'ARGUMENT_UNEXPECTED', message: `${extra} is more than it takes.` }
  }
  // oclif writes: Parsing --slots <newline> <tab> Expected an integer but received: x
  const value = /^Parsing --?([\w-]+) \s*Expected (.+) but received: (.*)$/m.exec(
    error.message.replace(/\s*\n\s*/, ' '),
  )
  if (value !== null) return { code: 'USAGE', message: `--${value[1]} is "${value[3]}"; expected ${value[2]}.` }
  const text = error.message.replace(/\n+See more help with --help$/, '').replace(/\.?$/, '.')
  return { code: 'USAGE', message: text }
}

function unexpected(error: unknown): ErrorReport {
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'UNEXPECTED',
    message: `${message} (an error that sweep did not foresee: a bug; please report it with the lines below)`,
    exitCode: 1,
    suggestions: [],
    problems: [],
    ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
  }
}

/** @param version such as `sweep-gpus/0.1.0 linux-x64 node-v20.20.2`, printed with bugs */
export function errorLines(report: ErrorReport, style: Style, version: string): string[] {
  const code = report.problems.length > 0 ? '' : ` ${style.dim(`[${report.code}]`)}`
  const lines = [`${style.red('Error:')} ${report.message}${code}`]
  for (const suggestion of report.suggestions) lines.push(`  ${style.cyan('Try:')} ${suggestion}`)
  if (report.ref !== undefined) lines.push(`  See: ${report.ref}`)
  if (report.stack !== undefined) lines.push(style.dim(version), style.dim(report.stack))
  return lines
}
