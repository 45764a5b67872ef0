import { type Problem, ProblemsError } from '../base/errors.ts'
import { type LoadSweepOptions, loadSweep } from '../config/load-sweep.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'

/**
 * Loads a sweep file as a start would. Where nothing but its data file is missing, the refusal also says what else of
 * this machine a start would lack, so that a person can get everything at once.
 *
 * @param notesOf what this machine has and lacks for a sweep, in sentences
 * @throws {ProblemsError} everything that is wrong with the sweep file
 */
export async function loadOrSayAll(
  options: LoadSweepOptions,
  notesOf: (spec: SweepSpec) => Promise<readonly string[]>,
): Promise<SweepSpec> {
  try {
    return await loadSweep(options)
  } catch (error) {
    if (!(error instanceof ProblemsError) || !error.problems.every(isMissingData)) throw error
    const spec = await onOtherData(options)
    throw spec === undefined ? error : withNotes(error, await notesOf(spec))
  }
}

const isMissingData = ({ message }: Problem) => /^The data file \S.* cannot be read/.test(message)

/** The rest of the sweep, looked at with data that are always there; undefined where it does not fit them. */
async function onOtherData({ overrides = [], ...options }: LoadSweepOptions): Promise<SweepSpec | undefined> {
  try {
    return await loadSweep({ ...options, overrides: [...overrides, 'params.data=quickstart'] })
  } catch (error) {
    if (error instanceof ProblemsError) return undefined
    throw error
  }
}

function withNotes(error: ProblemsError, notes: readonly string[]): ProblemsError {
  const [first, ...others] = error.problems as [Problem, ...Problem[]]
  const more = notes.map((message): Problem => ({ code: 'MACHINE', where: 'this machine', message }))
  return new ProblemsError([first, ...others, ...more], 'Nothing was started.')
}
