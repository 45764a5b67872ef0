import { stringify } from 'yaml'
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { SearchSpace } from '../../space/search-space.ts'
import type { Block, ReportContext, Section } from '../block.ts'
import { factsOf } from '../facts.ts'
import type { NextDomain } from '../next-domain.ts'
import { proposedDomains } from '../proposed-domains.ts'
import { domainsOf } from '../range-edge.ts'

/** The space again, level by level, with the reason behind each parameter. */
function lines(
  parameters: SearchSpace['parameters'],
  proposal: ReadonlyMap<string, NextDomain>,
  prefix = '',
): string[] {
  const indent = ' '.repeat(2 + 4 * (prefix === '' ? 0 : prefix.split('.').length - 1))
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    if ('parameters' in parameter) {
      const inner = lines(parameter.parameters, proposal, `${prefix}${name}.`)
      return [`${indent}${keyText(name)}:`, `${indent}  parameters:`, ...inner]
    }
    const next = proposal.get(`${prefix}${name}`)
    if (next === undefined) return []
    const domain = stringify(next.domain, { collectionStyle: 'flow', lineWidth: 0 }).trim()
    return [`${indent}${keyText(name)}: ${domain}  # ${next.why}`]
  })
}

const keyText = (name: string) => stringify(name, { lineWidth: 0 }).trim()

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const facts = factsOf(snapshot)
  const domains = domainsOf(snapshot.spec.space)
  if (facts.winner === undefined || domains.size === 0 || facts.ranking.rows.length < 2) return 'nothing to show'
  const proposal = proposedDomains(snapshot)
  const { conditions, constraints } = snapshot.spec.space
  const left = conditions.length + constraints.length
  const remark: Block[] =
    left === 0
      ? []
      : [
          {
            kind: 'note',
            level: 'info',
            text: 'Conditions and constraints of this sweep’s space are not repeated here; take them over where they still fit.',
          },
        ]
  return [
    {
      kind: 'text',
      text: 'Save as search-spaces/next.yaml and name it under space: in a sweep file. A proposal by rule, not a promise: narrower around the best, wider where the best lies at an end, fixed where nothing was gained.',
    },
    {
      kind: 'code',
      language: 'yaml',
      text: ['parameters:', ...lines(snapshot.spec.space.parameters, proposal)].join('\n'),
    },
    ...remark,
  ]
}

export const nextSpace = entry({
  summary: 'A proposed next search space, ready to be saved.',
  options: z.object({}),
  create: (): Section => ({ title: 'Proposed next search space', render }),
})
