import { stringify } from 'yaml'
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { configurationLabel, factsOf } from '../facts.ts'
import { flatParams, paramText } from '../params.ts'
import { usedSettings } from '../used-settings.ts'

/** How to run it again, in the words of a sweep file. */
function asYaml(snapshot: SweepSnapshot, number: number): string {
  const { spec, configurations } = snapshot
  const params = { ...spec.fixed, ...configurations[number]?.params }
  return stringify({ params, seeds: spec.seeds }, { lineWidth: 100 })
}

function render(context: ReportContext): Block[] | 'nothing to show' {
  const { snapshot } = context
  const facts = factsOf(snapshot)
  if (facts.winner === undefined) return 'nothing to show'
  const { number, params } = facts.winner.configuration
  const chosen = flatParams(params)
  const fixed = flatParams(snapshot.spec.fixed)
  const used = usedSettings(context)
  const names = [...new Set([...chosen.keys(), ...fixed.keys(), ...used.keys()])]
  const rows = names.map((name): Cell[] => {
    const source = chosen.has(name) ? 'searched' : fixed.has(name) ? 'sweep file' : 'preset or default'
    return [name, paramText(chosen.get(name) ?? fixed.get(name) ?? used.get(name)), source]
  })
  return [
    { kind: 'text', text: `Everything that ${configurationLabel(facts, number)} ran with.` },
    { kind: 'code', language: 'yaml', text: asYaml(snapshot, number) },
    {
      kind: 'table',
      caption: `All ${rows.length} settings`,
      columns: ['setting', 'value', 'from'],
      rows,
      folded: rows.length > 12,
    },
  ]
}

export const configuration = entry({
  summary: 'The exact configuration of the winner.',
  options: z.object({}),
  create: (): Section => ({ title: 'Configuration of the winner', render }),
})
