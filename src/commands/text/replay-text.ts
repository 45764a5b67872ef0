import type { SweepReplay } from '../../app/replay.ts'
import { counted } from '../../base/human-readable.ts'
import type { Style } from './style.ts'

/** More of them say nothing new. */
const SHOWN = 10

const NAMES = {
  configuration: 'suggestion',
  seed: 'seed choice',
  elimination: 'elimination',
  verdict: 'verdict',
  promotion: 'promotion',
  end: 'end',
} as const

/** What a replay has found, for people. */
export function replayLines(replay: SweepReplay, style: Style): string[] {
  const { id, decisions, differences, early } = replay
  const kinds = Object.entries(NAMES).flatMap(([kind, name]) => {
    const n = decisions[kind as keyof typeof NAMES]
    return n === 0 ? [] : [counted(n, name)]
  })
  const all = counted(
    Object.values(decisions).reduce((sum, n) => sum + n, 0),
    'decision',
  )
  const made = `${all}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`
  const note = early
    ? ['Its journal is of a release that kept no verdicts and no budget: those were not made again.']
    : []
  if (differences.length === 0) return [`${style.bold(id)}: ${made} reproduced.`, ...note]
  const more = differences.length - SHOWN
  return [
    `${style.bold(id)}: ${made}, and ${style.yellow(`${counted(differences.length, 'place')} where this release would decide otherwise`)}:`,
    ...differences
      .slice(0, SHOWN)
      .flatMap(({ line, kind, was, wouldBe }) => [
        `  line ${line}, ${NAMES[kind]}`,
        `    was       ${was}`,
        `    would be  ${wouldBe}`,
      ]),
    ...(more > 0 ? [`  and ${more} more; --json has all of them.`] : []),
    ...note,
  ]
}
