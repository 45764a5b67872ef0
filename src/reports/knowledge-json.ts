import type { SweepSnapshot } from '../trial/trial.ts'
import { frontFacts } from './front-facts.ts'
import { importanceFacts } from './importance-facts.ts'
import { outlookFacts } from './outlook-facts.ts'

/** What a sweep knows, for programs: `outlook`, `importance` and, with several metrics, their front. */
export function knowledgeJson(snapshot: SweepSnapshot) {
  return { outlook: outlookJson(snapshot), importance: importanceJson(snapshot), ...objectivesJson(snapshot) }
}

/** What is known of the future, in the metric's unit; null where too little is known. */
function outlookJson(snapshot: SweepSnapshot) {
  const { chances, regret, improvement, curve } = outlookFacts(snapshot)
  return {
    chancesOfBest: chances.map(({ row, chance, regret: behind }) => ({
      configuration: row.configuration.number,
      chance,
      expectedRegret: behind,
    })),
    expectedRegret: regret ?? null,
    expectedImprovement: improvement ?? null,
    expectedBest: curve,
  }
}

function importanceJson(snapshot: SweepSnapshot) {
  const facts = importanceFacts(snapshot)
  if (facts === undefined) return null
  const { names, all } = facts
  return {
    parameters: names.map((name, i) => ({ name, ...all.single[i] })),
    pairs: all.pairs.map(({ axes, share }) => ({ names: axes.map((axis) => names[axis]), ...share })),
    chance: all.chance,
  }
}

function objectivesJson(snapshot: SweepSnapshot) {
  const front = frontFacts(snapshot)
  if (front === undefined) return {}
  const { objectives, members, hypervolume } = front
  const named = members.map(({ row, values }) => ({ configuration: row.configuration.number, values }))
  return { objectives, front: named, hypervolume: hypervolume ?? null }
}
