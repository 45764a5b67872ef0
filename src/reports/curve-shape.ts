import type { Goal } from '../trial/sweep-spec.ts'

/** What a learning curve says about when it was stopped. */
export interface CurveShape {
  readonly lastStep: number
  readonly bestStep: number
  readonly best: number
  /** The best value came in the last tenth of the reports (at least the last one): more steps might have given more. */
  readonly improving: boolean
}

/** @returns undefined for a curve without two finite values */
export function curveShape(curve: readonly (readonly [number, number])[], goal: Goal): CurveShape | undefined {
  const finite = curve.filter(([, value]) => Number.isFinite(value))
  if (finite.length < 2) return undefined
  const better = (a: number, b: number) => (goal === 'minimize' ? a < b : a > b)
  let place = 0
  finite.forEach(([, value], i) => {
    if (better(value, (finite[place] as readonly [number, number])[1])) place = i
  })
  const [bestStep, best] = finite[place] as readonly [number, number]
  const [lastStep] = finite.at(-1) as readonly [number, number]
  return { lastStep, bestStep, best, improving: place >= finite.length - Math.max(1, Math.floor(finite.length / 10)) }
}
