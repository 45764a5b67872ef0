/** File names inside a sweep's folder; `trials/` is the orchestrator's. */
export const SWEEP_FILES = {
  /** The frozen spec and what produced it. */
  sweep: 'sweep.json',
  /** The only truth. */
  journal: 'journal.ndjson',
  /** Fold of the journal up to a byte offset; may be deleted. */
  snapshot: 'snapshot.json',
  /** A few lines for `sweep status`; may be deleted. */
  summary: 'summary.json',
  lock: 'lock',
  /** Lines of the journal that could not be read, with their offsets. */
  bad: 'journal.bad',
} as const

export function fileIn(dir: string, name: keyof typeof SWEEP_FILES): string {
  return `${dir}/${SWEEP_FILES[name]}`
}
