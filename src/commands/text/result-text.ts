import type { SweepResult } from '../../app/result.ts'
import { counted } from '../../base/human-readable.ts'
import { metricText } from '../../reports/numbers.ts'
import { rankingLines, shownRow } from './ranking-text.ts'
import type { Style } from './style.ts'

const TOP = 10

/** The ranking of an ended sweep and what it means. */
export function resultLines({ ranking, verdict, test }: SweepResult, style: Style): string[] {
  const { metric, rows, seeds, unranked } = ranking
  const shown = { metric, rows: rows.slice(0, TOP).map(shownRow), ranked: rows.length, seeds: seeds.length }
  return [
    ...rankingLines(shown, style),
    ...(unranked.length > 0 ? [`${counted(unranked.length, 'configuration')} without a value.`] : []),
    ...(test === undefined ? [] : [testLine(test)]),
    ...(verdict === undefined ? [] : [verdict]),
  ]
}

function testLine({ metric, mean, seeds }: NonNullable<SweepResult['test']>): string {
  return `The winner on test: ${metric} ${metricText(mean)} (mean of ${counted(seeds, 'seed')}; not used to choose it).`
}
