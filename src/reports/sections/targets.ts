import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import type { Target } from '../../trial/sweep-spec.ts'
import type { SweepSnapshot, Trial } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { factsOf, isTestMetric } from '../facts.ts'
import { cellOf, metricCell, percent, signed } from '../numbers.ts'
import { judgeTargets, levelsOf, meanMetric, spreadOfMetric } from '../verdict.ts'

const MOST_METRICS = 60

function targetTable(snapshot: SweepSnapshot, trials: readonly Trial[]): Block[] {
  const rows = judgeTargets(snapshot, trials).flatMap((verdict) =>
    levelsOf(verdict.target).map(({ level, value: wanted }): Cell[] => {
      const { value, higherIsBetter } = verdict
      if (value === undefined) return [verdict.metric, level, metricCell(wanted), '–', '–', '–', 'not measured']
      const gap = (value - wanted) * (higherIsBetter ? 1 : -1)
      const share = higherIsBetter ? value / wanted : wanted / value
      return [
        verdict.metric,
        level,
        metricCell(wanted),
        metricCell(value),
        cellOf(gap, signed(gap)),
        cellOf(share, percent(share)),
        gap >= 0 ? { tone: 'good', text: '✓ pass' } : { tone: 'warn', text: '✗ miss' },
      ]
    }),
  )
  if (rows.length === 0) {
    return [{ kind: 'text', text: 'The sweep file sets no targets, so nothing is passed or missed.' }]
  }
  const columns = ['metric', 'level', 'target', 'measured', 'gap', 'share of target', 'verdict']
  return [{ kind: 'table', caption: 'Success criteria, measured as the mean over the winner’s seeds', columns, rows }]
}

function metricTable(
  caption: string,
  shown: {
    readonly names: readonly string[]
    readonly trials: readonly Trial[]
    readonly targets: Readonly<Record<string, Target>>
  },
): Block[] {
  const { names, trials, targets } = shown
  if (names.length === 0) return []
  const rows = names.map((name): Cell[] => {
    const sd = spreadOfMetric(trials, name)
    const seeds = trials.map((trial) => metricCell(trial.metrics[name]))
    const measured = Number.isFinite(sd) ? metricCell(sd) : '–'
    return [
      targets[name] === undefined ? name : `${name} (target)`,
      metricCell(meanMetric(trials, name)),
      measured,
      ...seeds,
    ]
  })
  const columns = ['metric', 'mean', 'sd', ...trials.map((trial) => `seed ${trial.seed}`)]
  const table: Block = { kind: 'table', caption, columns, rows: rows.slice(0, MOST_METRICS) }
  const left = rows.length - MOST_METRICS
  return left > 0 ? [table, { kind: 'text', text: `${counted(left, 'more metric')} in ranking.json.` }] : [table]
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const { winnerTrials, winner } = factsOf(snapshot)
  if (winner === undefined) {
    return Object.keys(snapshot.spec.targets).length === 0 ? 'nothing to show' : targetTable(snapshot, [])
  }
  const names = [...new Set(winnerTrials.flatMap((trial) => Object.keys(trial.metrics)))]
  const { targets } = snapshot.spec
  const table = (caption: string, wanted: (name: string) => boolean) =>
    metricTable(caption, { names: names.filter(wanted), trials: winnerTrials, targets })
  const test = table('Test, looked at once: for the winner only, after selection', isTestMetric)
  return [
    ...targetTable(snapshot, winnerTrials),
    ...table('Every metric that the winner reported', (name) => !isTestMetric(name)),
    ...test,
    ...(test.length > 0
      ? [
          {
            kind: 'text',
            text: 'Selection used validation only: the ranking, its files and the effects know nothing of the test figures.',
          } as const,
        ]
      : []),
  ]
}

export const targets = entry({
  summary: 'Each metric against its target: gap, share of the target, pass or miss.',
  options: z.object({}),
  create: (): Section => ({ title: 'Targets and metrics', render }),
})
