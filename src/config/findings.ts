import type { Problem } from '../base/errors.ts'
import { ProblemsError } from '../base/errors.ts'
import type { codes as spaceCodes } from '../space/codes.ts'
import type { codes } from './codes.ts'
import type { Place } from './located.ts'

export interface Finding {
  readonly code: keyof typeof codes | keyof typeof spaceCodes
  readonly at: Place
  /** What was seen and what was expected; begins with the key path where there is one. */
  readonly message: string
  readonly fix?: string | undefined
}

/** Collects what is wrong, and what is worth saying, while a sweep file is read to its end. */
export class Findings {
  readonly problems: Problem[] = []
  readonly notes: string[] = []

  problem({ code, at, message, fix }: Finding): void {
    const where = at.line === undefined ? { file: at.file } : { file: at.file, line: at.line }
    const problem = { code, where, message, ...(fix === undefined ? {} : { fix }) }
    const said = (p: Problem) => JSON.stringify([p.where, p.message])
    // The same piece may be read twice, through a YAML alias or a shared space file.
    if (!this.problems.some((p) => said(p) === said(problem))) this.problems.push(problem)
  }

  note(at: Place, text: string): void {
    const place = at.line === undefined ? at.file : `${at.file}:${at.line}`
    const note = `${place}: ${text}`
    if (!this.notes.includes(note)) this.notes.push(note)
  }

  /** @throws {ProblemsError} all problems so far, in the order of their lines */
  throwIfAny(): void {
    const [first, ...others] = [...this.problems].sort((a, b) => lineOf(a) - lineOf(b))
    if (first) throw new ProblemsError([first, ...others], 'Nothing was started.')
  }
}

function lineOf(problem: Problem): number {
  return typeof problem.where === 'string' ? 0 : (problem.where.line ?? 0)
}
