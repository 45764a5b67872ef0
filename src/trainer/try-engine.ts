import { type EngineChoice, engineChoices } from './engine/engine-names.ts'
import { EngineUnavailable } from './engine/load-peer.ts'
import { type EngineUse, openEngine } from './engine/open-engine.ts'

/** What `--try-engine NAME` prints, as one line of JSON, for `sweep doctor` and `sweep plan`. */
export type EngineAnswer =
  | { readonly works: true; readonly device: string; readonly reason: string }
  /** `why` is a clause; the suggestions begin with the command that adds what is missing, if there is one. */
  | { readonly works: false; readonly code: string; readonly why: string; readonly suggestions: readonly string[] }

/**
 * Opens a backend and says how it went. To be called in a process of its own: a native library that does not fit the
 * machine may end the process.
 *
 * @returns undefined when there is no backend of that name
 */
export async function tryEngine(name: string, use: EngineUse): Promise<EngineAnswer | undefined> {
  if (!isChoice(name)) return undefined
  try {
    const { engine, reason } = await openEngine(name, use)
    return { works: true, device: `${engine.device}${engine.software ? ', imitated on the CPU' : ''}`, reason }
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error
    const { code, why, suggestions } = error
    return { works: false, code, why, suggestions }
  }
}

const isChoice = (name: string): name is EngineChoice => engineChoices.some((known) => known === name)
