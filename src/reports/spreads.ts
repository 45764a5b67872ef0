import { varianceComponents } from '../statistics/intervals.ts'
import type { SweepFacts } from './facts.ts'

/** How far seeds and configurations spread; undefined when there is no repeated seed or only one configuration. */
export function spreads(facts: SweepFacts): { readonly seeds: number; readonly configurations: number } | undefined {
  const groups = facts.ranking.rows.map((row) => row.values.map(({ value }) => value).filter(Number.isFinite))
  const { within, between } = varianceComponents(groups)
  return Number.isFinite(within) && Number.isFinite(between) ? { seeds: within, configurations: between } : undefined
}
