import { type Problem, ProblemsError } from '../../base/errors.ts'
import { counted } from '../../base/human-readable.ts'
import type { codes } from '../codes.ts'

/** Shown of each kind; a file with one wrong separator has thousands. */
const SHOWN = 20

/** One thing wrong at a line of the data file. */
export interface DataProblem {
  readonly code: keyof typeof codes
  readonly line?: number
  readonly message: string
  readonly fix?: string | undefined
}

/** Everything that is wrong with one data file, so that nobody repairs it one run at a time. */
export class ProblemList {
  readonly #file: string
  readonly #shown: Problem[] = []
  readonly #counts = new Map<DataProblem['code'], number>()

  /** @param file as the person wrote it */
  constructor(file: string) {
    this.#file = file
  }

  add({ code, line, message, fix }: DataProblem): void {
    const count = (this.#counts.get(code) ?? 0) + 1
    this.#counts.set(code, count)
    if (count > SHOWN) return
    const where = line === undefined ? { file: this.#file } : { file: this.#file, line }
    this.#shown.push({ code, where, message, ...(fix === undefined ? {} : { fix }) })
  }

  /** @throws {ProblemsError} the first of each kind in the order of their lines, and how many more there are */
  throwIfAny(): void {
    const more = [...this.#counts].filter(([, count]) => count > SHOWN)
    const notShown = more.map(([code, count]) => ({
      code,
      where: { file: this.#file },
      message: `${counted(count - SHOWN, 'more problem')} of this kind, ${count} in all.`,
    }))
    const [first, ...others] = [...this.#shown].sort((a, b) => lineOf(a) - lineOf(b))
    if (first) throw new ProblemsError([first, ...others, ...notShown], 'Nothing was trained.')
  }
}

const lineOf = ({ where }: Problem) => (typeof where === 'string' ? 0 : (where.line ?? 0))
