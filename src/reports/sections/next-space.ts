import { stringify } from 'yaml'
import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import type { SearchSpace } from '../../space/search-space.ts'
import type { Block, ReportContext, Section } from '../block.ts'
import { factsOf } from '../facts.ts'
import { type KeptRules, keptRules } from '../kept-rules.ts'
import type { NextDomain } from '../next-domain.ts'
import { proposedDomains } from '../proposed-domains.ts'
import { domainsOf } from '../range-edge.ts'

/** The space again, level by level, with the reason behind each parameter. */
function lines(
  parameters: SearchSpace['parameters'],
  { proposal, rules }: { readonly proposal: ReadonlyMap<string, NextDomain>; readonly rules: KeptRules },
  prefix = '',
): string[] {
  const indent = ' '.repeat(2 + 4 * (prefix === '' ? 0 : prefix.split('.').length - 1))
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    if ('parameters' in parameter) {
      const inner = lines(parameter.parameters, { proposal, rules }, `${prefix}${name}.`)
      return [`${indent}${keyText(name)}:`, `${indent}  parameters:`, ...inner]
    }
    const next = proposal.get(`${prefix}${name}`)
    if (next === undefined || rules.absent.has(`${prefix}${name}`)) return []
    const when = rules.when.get(`${prefix}${name}`)
    const domain = stringify(
      { ...next.domain, ...(when === undefined ? {} : { when }) },
      { collectionStyle: 'flow', lineWidth: 0 },
    ).trim()
    return [`${indent}${keyText(name)}: ${domain}  # ${next.why}`]
  })
}

const keyText = (name: string) => stringify(name, { lineWidth: 0 }).trim()

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const facts = factsOf(snapshot)
  const domains = domainsOf(snapshot.spec.space)
  if (facts.winner === undefined || domains.size === 0 || facts.ranking.rows.length < 2) return 'nothing to show'
  const proposal = proposedDomains(snapshot)
  const rules = keptRules(snapshot.spec.space, proposal)
  const remark: Block[] =
    rules.left === 0
      ? []
      : [
          {
            kind: 'note',
            level: 'info',
            text: `${counted(rules.left, 'rule')} of this sweep’s space could not be taken over; look whether they still fit.`,
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
      text: [
        'parameters:',
        ...lines(snapshot.spec.space.parameters, { proposal, rules }),
        ...(Object.keys(rules.rest).length === 0 ? [] : [stringify(rules.rest, { lineWidth: 0 }).trim()]),
      ].join('\n'),
    },
    ...remark,
  ]
}

export const nextSpace = entry({
  summary: 'A proposed next search space, ready to be saved.',
  options: z.object({}),
  create: (): Section => ({ title: 'Proposed next search space', render }),
})
