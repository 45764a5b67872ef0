import type { Settings } from '../settings.ts'

/** How the learning rate moves over the steps of a training. */
export interface LearningRatePlan {
  readonly peak: number
  readonly schedule: Settings['schedule']
  /** Share of all steps in which the rate rises. */
  readonly warmupRatio: number
  /** Optimizer steps of all epochs, whether or not training stops early. */
  readonly totalSteps: number
  /** Of `reduce_on_plateau`: what the rate was multiplied by up to now, all reductions together. */
  readonly reducedTo: number
}

const shapes = {
  constant: () => 1,
  linear: (progress) => 1 - progress,
  cosine: (progress) => (1 + Math.cos(Math.PI * progress)) / 2,
  reduce_on_plateau: (_, { reducedTo }) => reducedTo,
} satisfies Record<LearningRatePlan['schedule'], (progress: number, plan: LearningRatePlan) => number>

/**
 * Rises in a line to the peak, then falls by the schedule's shape: to 0, or step by step as validation asks for. The first step already has a rate above 0,
 * unlike in Hugging Face's schedules, because a step at rate 0 does nothing.
 *
 * @param step 0 for the first
 */
export function learningRateAt(step: number, plan: LearningRatePlan): number {
  const warmup = Math.ceil(plan.warmupRatio * plan.totalSteps)
  if (step < warmup) return (plan.peak * (step + 1)) / warmup
  const progress = (step - warmup) / Math.max(1, plan.totalSteps - warmup)
  return plan.peak * shapes[plan.schedule](Math.min(1, progress), plan)
}
