import { readFileSync, rmSync, statSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../base/atomic-file.ts'

/** What people may ask of a running sweep, in its folder: `sweep pause`, `slots`, `stop --trial` and `resume` write it. */
export const CONTROL_FILE = 'control.json'

/** Larger files are not ours. */
const MOST_BYTES = 1 << 20

const trialNumbers = z.array(z.number().int().min(0)).max(100_000)

const budget = z.strictObject({
  trials: z.number().int().min(1).optional(),
  gpuHours: z.number().positive().optional(),
  wallMs: z.number().positive().optional(),
})

/** Strict: a misspelt key must be told, not passed over. */
const desired = z.strictObject({
  /** Trials at a time. */
  slots: z.number().int().min(1).max(100_000).optional(),
  /** What runs above `slots` is ended with its grace period; it goes on from its checkpoint. */
  now: z.boolean().optional(),
  paused: z.boolean().optional(),
  /** Trials that a person does not want; they stay in the list also when they have ended. */
  cancel: trialNumbers.optional(),
  /** Milliseconds since 1970; null = no end by the clock. */
  until: z.number().nullable().optional(),
  budget: budget.optional(),
})

/** How a sweep is to be run; what is absent stays as it is. */
export type DesiredState = z.infer<typeof desired>

const pathIn = (sweepDir: string) => `${sweepDir}/${CONTROL_FILE}`

/**
 * Adds to what is asked of a running sweep. As a whole file by rename, so that it works over NFS and for another user
 * of the folder's group. Of two that write at the same moment one may be lost: look whether it was heeded.
 *
 * @throws an error of the system, such as EACCES
 */
export function askOf(sweepDir: string, wish: DesiredState): void {
  const before = stateIn(sweepDir)
  const cancel = [...new Set([...(before.cancel ?? []), ...(wish.cancel ?? [])])]
  const all = { ...before, ...wish, ...(cancel.length === 0 ? {} : { cancel }) }
  writeFileAtomic(pathIn(sweepDir), `${JSON.stringify(all)}\n`, { durable: false })
}

/** A file that cannot be used asks for nothing. */
export function stateIn(sweepDir: string): DesiredState {
  const read = readState(pathIn(sweepDir))
  return 'problem' in read ? {} : read.state
}

type ReadState = { readonly state: DesiredState } | { readonly problem: string }

function readState(path: string): ReadState {
  try {
    const { size } = statSync(path)
    if (size > MOST_BYTES) return { problem: `it has ${size} bytes` }
    const { success, data, error } = desired.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    if (success) return { state: data }
    return { problem: error.issues.map((issue) => [issue.path.join('.'), issue.message].join(' ').trim()).join('; ') }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

/** The orchestrator's eye on the file: one `stat` a look. */
export class ControlFile {
  readonly path: string
  #seen = ''

  constructor(sweepDir: string) {
    this.path = pathIn(sweepDir)
  }

  /** What was asked of an earlier start has had its time. */
  forget(): void {
    rmSync(this.path, { force: true })
  }

  /** @returns undefined when nothing has changed since the last look */
  news(): ReadState | undefined {
    const mark = this.#mark()
    if (mark === this.#seen) return undefined
    this.#seen = mark
    return mark === '' ? undefined : readState(this.path)
  }

  #mark(): string {
    try {
      const stat = statSync(this.path, { throwIfNoEntry: false })
      return stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`
    } catch {
      // A server that does not answer, say: then nothing is asked for now.
      return this.#seen
    }
  }
}
