import type { TrainingSettings } from '../training-settings.ts'

/** Every epoch's metrics as they were reported, with its number under `epoch`. */
export type Curve = readonly Readonly<Record<string, number>>[]

/** Whether more of a metric is better, by its name: all are F1 or accuracy, but for the losses. */
export const isMinimized = (metric: string): boolean => metric.endsWith('/loss')

/** How much better `value` is than `than`; below 0 when worse. */
export function gain(metric: string, value: number, than: number): number {
  return isMinimized(metric) ? than - value : value - than
}

type Monitored = Pick<TrainingSettings, 'monitor' | 'minDelta'>

/**
 * Epochs since the monitored metric was last better by more than `minDelta` than when that was last so.
 *
 * Worked out anew from the curve each time: so a resumed training has nothing more to remember.
 */
export function epochsWithoutImprovement(curve: Curve, { monitor, minDelta }: Monitored): number {
  let reference: number | undefined
  let since = 0
  for (const { [monitor]: value = Number.NaN } of curve) {
    const improved = reference === undefined || gain(monitor, value, reference) > minDelta
    if (improved) reference = value
    since = improved ? 0 : since + 1
  }
  return since
}

/**
 * How often the learning rate was reduced: each time when more than `plateauPatience` epochs in a row did not improve.
 *
 * @source as torch.optim.lr_scheduler.ReduceLROnPlateau with an absolute threshold and no cooldown
 */
export function plateaus(curve: Curve, settings: Monitored & Pick<TrainingSettings, 'plateauPatience'>): number {
  const { monitor, minDelta, plateauPatience } = settings
  let reference: number | undefined
  let [bad, reductions] = [0, 0]
  for (const { [monitor]: value = Number.NaN } of curve) {
    const improved = reference === undefined || gain(monitor, value, reference) > minDelta
    if (improved) reference = value
    bad = improved ? 0 : bad + 1
    if (bad <= plateauPatience) continue
    reductions++
    bad = 0
  }
  return reductions
}
