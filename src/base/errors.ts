/** What every error of this program carries, beside its sentence. */
export interface ErrorDetails {
  /** Stable upper-case word, listed in docs/errors.md; users search for it. */
  readonly code: string
  /** What to do next, each a command or a change that can be made as written. */
  readonly suggestions?: readonly string[]
  /** A page of docs/ that says more. */
  readonly ref?: string
  readonly cause?: unknown
}

/**
 * Root of all errors that this program throws on purpose. The leaves say who must act:
 * the person ({@link UserError}), the machine's keeper ({@link EnvironmentError}), nobody
 * ({@link TrialFailure}, recorded and gone past) or we ({@link BugError}).
 */
export abstract class SweepError extends Error {
  abstract readonly exitCode: number
  readonly code: string
  readonly suggestions: readonly string[]
  readonly ref: string | undefined

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = details.code
    this.suggestions = details.suggestions ?? []
    this.ref = details.ref
  }

  /** Read by oclif when an error leaves a command. */
  get oclif(): { exit: number } {
    return { exit: this.exitCode }
  }
}

/** The input is to be changed: a flag, a sweep file, a data file. Exit code 2. */
export class UserError extends SweepError {
  readonly exitCode = 2
}

/** The machine or the cluster is to be changed: disk, permissions, GPUs, a held lock. Exit code 3. */
export class EnvironmentError extends SweepError {
  readonly exitCode = 3
}

/** One trial did not work. Never leaves the loop: it is recorded and the sweep goes on. */
export class TrialFailure extends SweepError {
  readonly exitCode = 4
}

/** The sweep ended and no trial completed, or it stopped because too many failed. Exit code 4. */
export class NothingCompletedError extends SweepError {
  readonly exitCode = 4
}

/** The person stopped it; `sweep resume` goes on from here. Exit code 130. */
export class InterruptedError extends SweepError {
  readonly exitCode = 130
}

/** A state that the code rules out. Exit code 70; the message asks for a report. */
export class BugError extends SweepError {
  readonly exitCode = 70

  constructor(message: string, cause?: unknown) {
    super(`${message} This is a bug in sweep; please report it with the lines above.`, { code: 'BUG', cause })
  }
}

/** One thing wrong with a file, at a place a person can go to. */
export interface Problem {
  readonly code: string
  /** `file:line` (or a flag as typed) comes first when the problem is printed. */
  readonly where: { readonly file: string; readonly line?: number } | string
  /** What was seen and what was expected, present tense, ending in a full stop. */
  readonly message: string
  /** What to write instead, as it would be typed. */
  readonly fix?: string
}

/** @returns `sweeps/a.yaml:14`, or the flag as typed. */
export function placeOf(problem: Problem): string {
  if (typeof problem.where === 'string') return problem.where
  return problem.where.line === undefined ? problem.where.file : `${problem.where.file}:${problem.where.line}`
}

/** All problems of one input at once, so that nobody repairs a file one run at a time. */
export class ProblemsError extends UserError {
  readonly problems: readonly Problem[]

  /** @param outcome what happened to the person's work, such as `Nothing was started.` */
  constructor(problems: readonly [Problem, ...Problem[]], outcome: string) {
    const lines = problems.map((p) => `${placeOf(p)}: ${p.message}${p.fix ? ` Try: ${p.fix}` : ''} [${p.code}]`)
    super([...lines, outcome].join('\n'), { code: problems[0].code })
    this.problems = problems
  }
}

/** Makes the compiler prove that a switch handles every member. */
export function assertNever(value: never): never {
  throw new BugError(`A value that the types rule out was met: ${JSON.stringify(value)}.`)
}
