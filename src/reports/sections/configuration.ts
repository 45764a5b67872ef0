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
  const names = [...new Set([...chosen.keys(), ...fixed.keys()])]
  const rows = names.map((name): Cell[] => {
    const source = chosen.has(name) ? 'searched' : 'fixed in the sweep file'
    return [name, paramText(chosen.get(name) ?? fixed.get(name)), source]
  })
  const columns = ['setting', 'value', 'from']
  return [
    { kind: 'text', text: `Everything that ${configurationLabel(facts, number)} ran with.` },
    { kind: 'code', language: 'yaml', text: asYaml(snapshot, number) },
    { kind: 'table', caption: `The ${rows.length} settings that were given`, columns, rows, folded: rows.length > 12 },
    ...resolvedTable(context),
  ]
}

function resolvedTable(context: ReportContext): Block[] {
  const used = [...usedSettings(context)]
  if (used.length === 0) return []
  const rows = used.map(([name, value]) => [name, paramText(value)])
  const caption = `All ${rows.length} settings as the trainer resolved them, presets and defaults filled in`
  return [{ kind: 'table', caption, columns: ['setting', 'value'], rows, folded: true }]
}

export const configuration = entry({
  summary: 'The exact configuration of the winner.',
  options: z.object({}),
  create: (): Section => ({ title: 'Configuration of the winner', render }),
})
