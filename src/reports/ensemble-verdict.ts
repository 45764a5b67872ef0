import { counted } from '../base/human-readable.ts'
import { metricText, signed } from './numbers.ts'

/** What a verdict rests on; both ensemble.json and the report of a fresh build have it. Macro-F1, in [0, 1]. */
export interface JudgedEnsemble {
  readonly chosen: string
  readonly methods: readonly {
    readonly method: string
    readonly members: readonly number[]
    readonly honest: number
    readonly test?: number | undefined
  }[]
  readonly single: {
    readonly best: { readonly honest: number; readonly test?: number | undefined }
    readonly mean: { readonly validation: number; readonly test?: number | undefined }
  }
}

export interface EnsembleVerdict {
  /** The honest estimate beats the best and the mean single trial; test has no say in it. */
  readonly gain: boolean
  readonly text: string
}

/**
 * Whether an ensemble is worth its trials. It has to beat the mean single trial too: the best one, chosen anew on each
 * fold, pays for that choice and often lies below the mean.
 *
 * @returns undefined when the chosen method is not among those judged
 */
export function ensembleVerdict({ methods, chosen, single }: JudgedEnsemble): EnsembleVerdict | undefined {
  const method = methods.find(({ method: name }) => name === chosen)
  if (method === undefined) return undefined
  const { best, mean } = single
  const [overBest, overMean] = [method.honest - best.honest, method.honest - mean.validation]
  const gain = overBest > 0 && overMean > 0
  const text =
    `Ensemble of ${counted(method.members.length, 'trial')} (${method.method}): macro-F1 ${metricText(method.honest)} ` +
    `by cross-validation; ${signed(overBest)} to the best single trial chosen in the same way ` +
    `(${metricText(best.honest)}), ${signed(overMean)} to the mean single trial (${metricText(mean.validation)}). ` +
    `${conclusion(overBest, overMean)}${onTest(method.test, single)}`
  return { gain, text }
}

function conclusion(overBest: number, overMean: number): string {
  if (overBest > 0 && overMean > 0)
    return 'A gain over both, by an estimate without an interval: a small one may be noise.'
  if (overBest > 0) return 'No gain beyond noise: a single trial taken without choosing does as well.'
  return overMean > 0
    ? 'No gain beyond noise: the best single trial does as well.'
    : 'No gain: single trials do as well.'
}

function onTest(test: number | undefined, { best, mean }: JudgedEnsemble['single']): string {
  if (test === undefined || best.test === undefined || mean.test === undefined) return ''
  const singles = `best single trial ${metricText(best.test)}, mean single trial ${metricText(mean.test)}`
  return ` On test, shown but not used to judge: ensemble ${metricText(test)}, ${singles}.`
}
