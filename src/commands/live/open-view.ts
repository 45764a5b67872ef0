import { type Ranking, rankConfigurations } from '../../trial/ranking.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import { paramsLabel } from '../text/params-label.ts'
import { halfWidth } from '../text/ranking-text.ts'
import type { Style } from '../text/style.ts'
import { liveView } from './live-view.ts'
import { plainLog } from './plain-log.ts'
import type { Leader } from './render.ts'
import type { SweepView } from './sweep-view.ts'

/** The view that fits where stderr goes: redrawn lines on a terminal, a line an event anywhere else. */
export function openView(options: { readonly live: boolean; readonly style: Style }): SweepView {
  const terminal = process.stderr
  const common = {
    write: (text: string) => terminal.write(text),
    now: () => Date.now(),
    leader: ({ snapshot }: { readonly snapshot: SweepSnapshot }) => leaderOf(rankConfigurations(snapshot)),
    style: options.style,
  }
  const redraws = options.live && terminal.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb'
  return redraws ? liveView({ ...common, terminal }) : plainLog(common)
}

/** @returns undefined while nothing has a finite mean */
function leaderOf({ rows }: Ranking): Leader | undefined {
  const [first] = rows
  if (first === undefined || !Number.isFinite(first.mean)) return undefined
  const { configuration, mean, n } = first
  return { label: paramsLabel(configuration.params), mean, halfWidth: halfWidth(first.interval), seeds: n }
}
