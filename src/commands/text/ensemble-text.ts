import type { SweepEnsemble } from '../../app/ensemble.ts'
import { counted } from '../../base/human-readable.ts'
import type { EnsembleReport, Estimate } from '../../ensembles/ensemble-report.ts'
import { ensembleVerdict } from '../../reports/ensemble-verdict.ts'
import { metricText, signed } from '../../reports/numbers.ts'
import type { Style } from './style.ts'
import { type Column, table } from './table.ts'

/** Every method against the single seeds, and what was chosen. */
export function ensembleLines({ ensemble }: SweepEnsemble, style: Style): string[] {
  const { methods, single, chosen, folds, rows, tasks } = ensemble
  const right = { align: 'right' } as const
  const columns: Column[] = [
    { title: '' },
    { title: 'macro-F1', ...right },
    { title: 'optimism', ...right },
    ...(rows.test === undefined ? [] : [{ title: 'test', ...right }]),
    { title: 'trials' },
  ]
  const [head = '', ...lines] = table(columns, [
    ...methods.map((method) => cellsOf(method.method, method, method.members.join(' '))),
    cellsOf('best single trial', single.best, String(single.best.trial)),
    ['mean single trial', metricText(single.mean.validation), '', ...testCell(single.mean.test)],
  ])
  const place = methods.findIndex(({ method }) => method === chosen)
  return [
    style.dim(head),
    ...lines.map((line, i) => (i === place ? style.green(line) : line)),
    `macro-F1: mean over ${tasks.join(' and ')}, by ${folds}-fold cross-validation of everything that was chosen, ` +
      `on ${counted(rows.validation, 'validation row')}. optimism: how much more the same figure without folds would claim.`,
    sentenceOf(ensemble),
  ]
}

function cellsOf(name: string, { honest, optimism, test }: Estimate, trials: string): string[] {
  return [name, metricText(honest), signed(optimism), ...testCell(test), trials]
}

function testCell(test: number | undefined): string[] {
  return test === undefined ? [] : [metricText(test)]
}

/** The chosen method against the best and the mean single trial, and whether it is a gain. */
export function sentenceOf(ensemble: EnsembleReport): string {
  return ensembleVerdict(ensemble)?.text ?? 'No ensemble method could be judged.'
}
