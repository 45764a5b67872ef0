/** How the learning rate moves over the steps of a training. */
export interface LearningRatePlan {
  readonly peak: number
  readonly schedule: 'cosine' | 'linear' | 'constant'
  /** Share of all steps in which the rate rises. */
  readonly warmupRatio: number
  /** Optimizer steps of all epochs, whether or not training stops early. */
  readonly totalSteps: number
}

const shapes = {
  constant: () => 1,
  linear: (progress: number) => 1 - progress,
  cosine: (progress: number) => (1 + Math.cos(Math.PI * progress)) / 2,
} satisfies Record<LearningRatePlan['schedule'], (progress: number) => number>

/**
 * Rises in a line to the peak, then falls to 0 by the schedule's shape. The first step already has a rate above 0,
 * unlike in Hugging Face's schedules, because a step at rate 0 does nothing.
 *
 * @param step 0 for the first
 */
export function learningRateAt(step: number, plan: LearningRatePlan): number {
  const warmup = Math.ceil(plan.warmupRatio * plan.totalSteps)
  if (step < warmup) return (plan.peak * (step + 1)) / warmup
  const progress = (step - warmup) / Math.max(1, plan.totalSteps - warmup)
  return plan.peak * shapes[plan.schedule](Math.min(1, progress))
}
