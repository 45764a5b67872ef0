import type { Journal } from '../journal/journal.ts'
import { samplers } from '../samplers/index.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { chosen } from './chosen.ts'

/**
 * What the sampler will do in this space and why, in one sentence.
 *
 * @param parallel trials at a time
 * @returns undefined for samplers that need no explanation
 */
export function explainSearch(spec: SweepSpec, parallel: number): string | undefined {
  const { runCap, seeds, space, sampler } = spec
  return chosen(samplers, sampler).explain?.(space, {
    ...(runCap === undefined ? {} : { trials: runCap }),
    parallel,
    seeds: seeds.length,
  })
}

/** Kept with the sweep, once: a resume with more slots may say something else, and then that counts, too. */
export function noteSearch(journal: Journal, text: string | undefined): void {
  if (text === undefined || journal.snapshot.notes.some((note) => note.text === text)) return
  journal.append({ type: 'note', level: 'info', text })
}
