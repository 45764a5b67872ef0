import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { parseObject } from '../../base/ndjson.ts'
import { entry } from '../../base/registry.ts'
import { type ReportEvent, reportOf } from '../event-line.ts'
import type { FileReading, ReportFormat } from './format.ts'
import { withSlashNames } from './python-dict.ts'

/** A larger one is not read: it is written anew at every checkpoint and would be read anew every time. */
const LARGEST = 16 << 20

/** `log_history` of the trainer_state.json that the Hugging Face trainer writes with each checkpoint. */
export const trainerState = entry({
  summary: 'trainer_state.json of the Hugging Face trainer, in any of its checkpoint folders.',
  options: z.object({}),
  create: (): ReportFormat => {
    const seen = new Map<string, number>()
    // Each checkpoint repeats the history of the ones before it.
    const reported = new Set<string>()
    return {
      files: {
        accepts: (name) => name === 'trainer_state.json',
        read: (path) => {
          const stats = statSync(path, { throwIfNoEntry: false })
          if (stats === undefined || stats.size > LARGEST || seen.get(path) === stats.mtimeMs) return NOTHING
          const history = parseObject(readFileSync(path, 'utf8'))?.log_history
          // Half written: it is read again at the next look.
          if (!Array.isArray(history)) return NOTHING
          seen.set(path, stats.mtimeMs)
          return { events: newReports(history, reported), behind: false }
        },
      },
    }
  },
})

const NOTHING: FileReading = { events: [], behind: false }

function newReports(history: readonly unknown[], reported: Set<string>): ReportEvent[] {
  const events: ReportEvent[] = []
  for (const row of history) {
    const key = JSON.stringify(row)
    if (typeof row !== 'object' || row === null || reported.has(key)) continue
    reported.add(key)
    const event = reportOf(withSlashNames(row as Record<string, unknown>))
    if (event !== undefined) events.push(event)
  }
  return events
}
