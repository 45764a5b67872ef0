import type { Registry } from '../base/registry.ts'
import type { EnsembleMethod } from './ensemble.ts'
import { greedy } from './methods/greedy.ts'
import { mean } from './methods/mean.ts'
import { median } from './methods/median.ts'
import { validationWeighted } from './methods/validation-weighted.ts'

export const ensembleMethods = {
  mean,
  'validation-weighted': validationWeighted,
  greedy,
  median,
} satisfies Registry<EnsembleMethod>
