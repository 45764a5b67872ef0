import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Block, ReportContext, Section } from '../block.ts'
import { cut } from '../params.ts'

const MOST_NOTES = 40

const timeText = (at: number) =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')

function render({ snapshot }: ReportContext): Block[] {
  const { spec, provenance: source } = snapshot
  const facts: [string, string][] = [
    ['id', snapshot.id],
    ...(spec.file === undefined ? [] : [['sweep file', spec.file] as [string, string]]),
    ['started', timeText(snapshot.startedAt)],
    ...(snapshot.endedAt === undefined ? [] : [['ended', timeText(snapshot.endedAt)] as [string, string]]),
    ['sampler', spec.sampler.name],
    ['trainer', spec.trainer.kind === 'command' ? spec.trainer.argv.join(' ') : spec.trainer.name],
    ['seeds', spec.seeds.join(', ')],
    ['seed of the sweep', String(spec.sweepSeed)],
    ...Object.entries(source),
  ]
  const rows = facts.map(([name, value]) => [name, cut(value.replace(/\s*\n\s*/g, ' ⏎ '), 400)])
  const said = [
    ...spec.notes.map((text) => ['', 'info', text]),
    ...snapshot.notes.map((note) => [timeText(note.at), note.level, note.text]),
  ]
  const table: Block = { kind: 'table', columns: ['what', 'value'], rows }
  if (said.length === 0) return [table]
  const caption = said.length > MOST_NOTES ? `The last ${MOST_NOTES} of ${said.length} notes` : 'Notes'
  const shown = said.slice(-MOST_NOTES).map(([at, level, text]) => [at ?? '', level ?? '', cut(text ?? '', 300)])
  return [table, { kind: 'table', caption, columns: ['when', 'level', 'note'], rows: shown, folded: shown.length > 8 }]
}

export const provenance = entry({
  summary: 'What produced the sweep: versions, host, GPUs, commit, data, notes.',
  options: z.object({}),
  create: (): Section => ({ title: 'Provenance', render }),
})
