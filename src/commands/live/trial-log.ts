import { join } from 'node:path'
import { LineTail } from '../../base/ndjson.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import { trialFolderName } from '../../trial/trial-folder.ts'
import type { Style } from '../text/style.ts'
import { eventLines } from './event-lines.ts'
import type { SweepView } from './sweep-view.ts'
import { trialEndedBy } from './tally.ts'

/** A view of one trial: what its process prints, as it prints it. */
export interface TrialLog extends SweepView {
  /** Said once, when the sweep has its folder. */
  follow(sweepDir: string): void
}

/** A stat a turn of the loop is nothing, a thousand a second is. */
const LOOK_MS = 50

export function trialLog(style: Style): TrialLog {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const lineOf = eventLines(style)
  let tail: LineTail | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const look = (now: number) => {
    lookedAt = now
    for (const { text } of tail?.read() ?? []) say(text)
  }
  return {
    say,
    follow(sweepDir) {
      tail = new LineTail(join(sweepDir, trialFolderName(0), TRIAL_FILES.stdout))
    },
    event(event, live) {
      look(performance.now())
      // Notes of the trial stand in its own output.
      if (event.type === 'note' && event.trial !== undefined) return
      const line = lineOf(event, live)
      if (line !== undefined && trialEndedBy(event, live)?.state !== 'completed') say(line)
    },
    tick() {
      const now = performance.now()
      if (now - lookedAt >= LOOK_MS) look(now)
    },
    close: () => look(performance.now()),
  }
}
