import { type SweepStatus, sweepStatus } from '../../app/status.ts'
import { resolveSweepId, type Workspace } from '../../app/workspace.ts'
import { systemClock } from '../../base/clock.ts'
import { statusLines } from '../text/status-text.ts'
import type { Style } from '../text/style.ts'
import { TerminalArea } from './terminal-area.ts'

export interface WatchOptions {
  readonly workspace: Workspace
  /** Id or name; absent = the latest. */
  readonly id?: string
  readonly style: Style
  /** Instead of drawing on stdout. */
  readonly onChange?: (status: SweepStatus) => void
}

const POLL_MS = 1000
const GOING_ON: ReadonlySet<SweepStatus['activity']> = new Set(['running', 'paused', 'elsewhere'])

/** Redraws the status once a second until the sweep no longer runs; off a terminal it prints it at every change. */
export async function watchStatus({ workspace, id: idOrName, style, onChange }: WatchOptions): Promise<void> {
  // Settled once: a sweep that is started meanwhile does not take the place of the one that is watched.
  const id = resolveSweepId(workspace, idOrName)
  const draws = process.stdout.isTTY === true && onChange === undefined
  const area = draws ? new TerminalArea(process.stdout) : undefined
  // A signal's default ends the process without its exit handlers, and the cursor would stay hidden.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(130))
  let seen = -1
  for (;;) {
    const status = await sweepStatus({ workspace, id })
    const lines = () => statusLines(status, { now: Date.now(), style })
    if (area !== undefined) area.draw(lines())
    else if (status.summary.offset !== seen) show(status, onChange, lines)
    seen = status.summary.offset
    if (!GOING_ON.has(status.activity)) break
    await systemClock.sleep(POLL_MS)
  }
  area?.close()
}

function show(status: SweepStatus, onChange: WatchOptions['onChange'], lines: () => readonly string[]): void {
  if (onChange !== undefined) onChange(status)
  else process.stdout.write(`${lines().join('\n')}\n\n`)
}
