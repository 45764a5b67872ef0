import type { Domain, ParamValue } from '../space/domain.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { matters, parameterEffects } from './factors.ts'
import { factsOf, type SweepFacts } from './facts.ts'
import { type Learnt, type NextDomain, nextDomain } from './next-domain.ts'
import { flatParams, paramText } from './params.ts'
import { domainsOf } from './range-edge.ts'

/** What to search next, by dotted path; the proposed space and the advice about edges both rest on it. */
export function proposedDomains(snapshot: SweepSnapshot): Map<string, NextDomain> {
  const facts = factsOf(snapshot)
  const domains = domainsOf(snapshot.spec.space)
  return new Map([...domains].map(([name, domain]) => [name, nextDomain(domain, learntOf(name, domain, facts))]))
}

function learntOf(name: string, domain: Domain, facts: SweepFacts): Learnt {
  const effect = parameterEffects(facts).factors.find(({ factor }) => factor.split(' + ').includes(name))
  const tied = effect !== undefined && effect.factor !== name
  const levels = [...(effect?.levels ?? [])].sort((a, b) => facts.sign * (b.mean - a.mean))
  const values = 'values' in domain ? domain.values : []
  const order = levels.flatMap(({ level }) => values.find((value) => paramText(value) === level) ?? [])
  const known =
    facts.ranking.pooled.df > 0 || (effect?.difference.low ?? Number.NEGATIVE_INFINITY) > Number.NEGATIVE_INFINITY
  const params =
    facts.winner === undefined ? new Map<string, ParamValue>() : flatParams(facts.winner.configuration.params)
  return {
    name,
    best: params.get(name),
    matters: effect === undefined || !known ? undefined : matters(effect),
    tied,
    order,
  }
}
