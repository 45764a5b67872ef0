import type { Registry } from '../base/registry.ts'
import { asha } from './asha.ts'
import { hyperband } from './hyperband.ts'
import { median } from './median.ts'
import { patience } from './patience.ts'
import { percentile } from './percentile.ts'
import type { Pruner } from './pruner.ts'
import { threshold } from './threshold.ts'
import { wandbHyperband } from './wandb-hyperband.ts'
import { wilcoxon } from './wilcoxon.ts'

/** All pruners by the name that sweep files use. */
export const pruners = {
  asha,
  hyperband,
  median,
  percentile,
  wilcoxon,
  patience,
  threshold,
  'wandb-hyperband': wandbHyperband,
} satisfies Registry<Pruner>
